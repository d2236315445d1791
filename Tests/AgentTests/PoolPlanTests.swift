import Aggregates
import Capacity
import Forecast
import Planner
import TestSupport
import Testing

@testable import Agent

/// Plans of pools: applications added up, and what is in none.
@Suite struct PoolPlanTests {
    private static func configuration(
        chunk: Double = 0.25, priorities: [Int] = [0, 0]
    ) -> EngineConfiguration {
        var configuration = EngineConfiguration.small(planned: [.cpu])
        configuration.pools = [
            PoolDefinition(
                name: "web", cgroups: [CgroupPattern("/web/*")!], priority: priorities[0]),
            PoolDefinition(name: "batch", cgroups: [CgroupPattern("/batch")!], priority: priorities[1]),
        ]
        configuration.plans[0].configuration.chunk = chunk
        let own = configuration.plans[0].configuration
        configuration.plans += [0, 1].map {
            PlannedResource(resource: .cpu, configuration: own, scope: .pool($0))
        }
        return configuration
    }

    private static let paths = ["/web", "/web/a", "/web/b", "/web/b/x", "/batch", "/other"]

    private func live(
        _ configuration: EngineConfiguration, cores: Double = 64
    ) throws -> LiveRun<CapturingSink> {
        let live = try LiveRun(
            KernelScript(cgroups: 0), configuration, sink: CapturingSink(),
            facts: HostFacts(cores: cores, memoryBytes: 64e9))
        for path in Self.paths { live.ingest(live.script.make(path)) }
        return live
    }

    private static let cores = [
        "/web": 0, "/web/a": 1.0, "/web/b": 2, "/web/b/x": 2, "/batch": 4, "/other": 0.5,
    ]

    private func last(_ live: LiveRun<CapturingSink>, _ pool: String) throws -> PlanDecision {
        try #require(live.engine.sink.plans.last { $0.pool.name == pool }).decision
    }

    @Test func poolsAndTheRestAddUpToTheNode() throws {
        let live = try live(Self.configuration())
        for _ in 0..<30 { try live.tick { .init(cores: Self.cores[$0] ?? 0) } }
        let root = try #require(live.engine.sink.windows.last { $0.subject.isRoot }).window
        let (web, batch, rest) = try (last(live, "web"), last(live, "batch"), last(live, "node"))
        #expect((web.demand - 3).magnitude < 1e-6 && (batch.demand - 4).magnitude < 1e-6)
        let sum = web.demand + batch.demand + rest.demand
        #expect((sum - root.value(.cpu)).magnitude < 1e-6, "\(sum) of \(root.value(.cpu))")
    }

    /// Its own, of the summed series, never the sum of its applications'.
    @Test func aPoolIsForecastDirectly() throws {
        let live = try live(Self.configuration())
        var time = 0
        // What one uses the other does not: each has peaks, their sum has none.
        for _ in 0..<400 {
            time += 1
            let isFirst = time / 20 % 2 == 0
            try live.tick { path in
                switch path {
                case "/web/a": .init(cores: isFirst ? 4 : 1)
                case "/web/b", "/web/b/x": .init(cores: isFirst ? 1 : 4)
                case "/web": .init(cores: 5)
                default: .init(cores: 0.5)
                }
            }
        }
        let web = try last(live, "web")
        let forecast = try #require(web.forecast)
        let apart = web.topContributors.reduce(0) { $0 + $1.quantile }
        #expect(web.topContributors.map(\.name).sorted() == ["/web/a", "/web/b"])
        #expect(forecast < 5.6, "\(forecast)")
        #expect(apart > 7, "\(apart)")
    }

    @Test func whatIsFreeIsDividedAmongApplications() throws {
        let live = try live(Self.configuration())
        for tick in 0..<200 {
            try live.tick { path in
                path == "/web/a" ? .init(cores: tick % 10 == 0 ? 3 : 0.5) : .init(cores: 1)
            }
        }
        let web = try last(live, "web")
        let shares = web.topContributors.map { web.buffer(for: $0) }
        #expect(shares.reduce(0, +) <= web.account.free + 1e-9)
        #expect(shares.allSatisfy { $0 >= 0 } && shares.contains { $0 > 0 })
        #expect(web.topContributors.first?.name == "/web/a")
    }

    /// What all pools have of the node's CPU.
    private func granted(_ live: LiveRun<CapturingSink>) -> Double {
        ["web", "batch", "node"].reduce(0) { $0 + live.provider.granted(pool: $1, resource: .cpu) }
    }

    @Test func everyPoolHasItsOwnLedger() throws {
        let live = try live(Self.configuration())
        for _ in 0..<60 { try live.tick { .init(cores: Self.cores[$0] ?? 0) } }
        for pool in ["web", "batch", "node"] {
            let decision = try last(live, pool)
            #expect(live.provider.granted(pool: pool, resource: .cpu) == decision.ready)
            #expect(decision.ready >= decision.demand)
        }
    }

    /// Eight cores, and three that want more together.
    @Test func whenThereIsTooLittleTheHigherPriorityIsServedFirst() throws {
        let live = try live(Self.configuration(priorities: [5, 0]), cores: 8)
        for tick in 0..<300 {
            try live.tick { path in
                switch path {
                case "/web/a": .init(cores: tick % 20 < 8 ? 5 : 1)
                case "/batch": .init(cores: tick % 14 < 5 ? 4 : 2)
                case "/other": .init(cores: 0.5)
                default: .init(cores: 0)
                }
            }
        }
        let (web, batch) = try (last(live, "web"), last(live, "batch"))
        #expect(web.ready >= 5, "\(web.reasons)")
        #expect(batch.ceiling != nil && batch.ready < batch.wanted, "\(batch.reasons)")
        #expect(batch.ready >= batch.demand)
        #expect(granted(live) <= 8 + 1e-9)
        // Settled: nobody asks to and fro.
        let late = live.engine.sink.requests.suffix(6).map(\.request.requestedAtNanoseconds)
        #expect(live.engine.sink.requests.count < 60, "\(live.engine.sink.requests.count) \(late)")
    }

    /// What each wants moves with every window; who has what does not.
    @Test func sharesOfANodeThatIsTooSmallStayAsTheyAre() throws {
        var generator = SeededGenerator(seed: 7)
        let live = try live(Self.configuration(chunk: 0.05), cores: 8)
        func requests() -> Int { live.engine.sink.requests.count }
        var before = 0
        for tick in 0..<900 {
            if tick == 300 { before = requests() }
            let noise = [generator.normal(), generator.normal()]
            try live.tick { path in
                switch path {
                case "/web/a": .init(cores: max(0, 3.2 + 0.5 * noise[0]))
                case "/batch": .init(cores: max(0, 3.2 + 0.5 * noise[1]))
                case "/other": .init(cores: 0.3)
                default: .init(cores: 0)
                }
            }
        }
        let (web, batch) = try (last(live, "web"), last(live, "batch"))
        #expect(web.ceiling != nil && batch.ceiling != nil, "\(web.reasons)")
        #expect(requests() - before < 20, "\(requests() - before) requests in ten minutes")
        #expect((web.ready - batch.ready).magnitude < 1, "\(web.ready) \(batch.ready)")
    }

    @Test func tooLittleFromTheFirstRoundOn() throws {
        let live = try live(Self.configuration(), cores: 4)
        for _ in 0..<4 { try live.tick { .init(cores: $0 == "/web" ? 0 : 9) } }
        #expect(granted(live) <= 4 + 1e-9)
        #expect(try last(live, "batch").ceiling != nil)
    }

    @Test func alikeTheyShareAlike() throws {
        let live = try live(Self.configuration(), cores: 6)
        for tick in 0..<300 {
            let peak = tick % 20 < 8
            try live.tick { path in
                switch path {
                case "/web/a", "/batch": .init(cores: peak ? 5 : 1)
                default: .init(cores: 0)
                }
            }
        }
        let (web, batch) = try (last(live, "web"), last(live, "batch"))
        #expect((web.ready - batch.ready).magnitude <= 0.5, "\(web.ready) \(batch.ready)")
        #expect(web.ready + batch.ready > 5)
    }

    @Test func aPoolWhoseCgroupsAreNotThereWantsNothing() throws {
        var configuration = Self.configuration()
        configuration.pools[1].cgroups = [CgroupPattern("/absent")!]
        let live = try live(configuration)
        for _ in 0..<20 { try live.tick { .init(cores: Self.cores[$0] ?? 0) } }
        let batch = try last(live, "batch")
        #expect(batch.demand == 0 && batch.target == 0 && batch.change == 0)
    }

    @Test func reasonsThatFindNoRoomAreLeftOutWhole() {
        let long = String(repeating: "x", count: 150)
        #expect(TableReasons.text([long, "a", long, "b"]) == long + "; a; " + long + "; b")
        #expect(TableReasons.text([long, long, long, "b"]) == long + "; " + long + "; …")
        #expect(TableReasons.text([]) == "")
        #expect(TableReasons.text([long, long, long]).utf8.count < 384)
    }

    @Test func whatAPoolLearnedIsKeptAsLongAsItIsTheSamePool() throws {
        let live = try live(Self.configuration())
        for _ in 0..<120 { try live.tick { .init(cores: Self.cores[$0] ?? 0) } }
        let checkpoint = live.engine.checkpoint
        let again = try self.live(Self.configuration())
        let summary = again.engine.restore(checkpoint)
        #expect(summary.refused == 0 && summary.restored > 0, "\(summary)")
        try again.tick { .init(cores: Self.cores[$0] ?? 0) }
        try again.tick { .init(cores: Self.cores[$0] ?? 0) }
        #expect(try last(again, "web").forecast != nil)
        var changed = Self.configuration()
        changed.pools[0].cgroups = [CgroupPattern("/web")!]
        let other = try self.live(changed)
        let mixed = other.engine.restore(checkpoint)
        #expect(mixed.refused > 0 && mixed.restored > 0)
        #expect(try #require(mixed.reason).contains("pools are configured otherwise"))
    }
}
