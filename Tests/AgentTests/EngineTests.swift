import Aggregates
import Capacity
import HeadroomABI
import Planner
import TestSupport
import Testing

@testable import Agent

/// From records to windows, forecasts, plans and requests.
@Suite struct EngineTests {
    @Test func poolsDemandIsTheRootsWindow() throws {
        let live = try LiveRun(KernelScript(cgroups: 3), .small(), sink: CapturingSink())
        for _ in 0..<3 {
            try live.tick { path in .init(cores: path == "/app0" ? 1 : 0.25, memoryBytes: 1e6) }
        }
        let plans = live.engine.sink.plans.map(\.decision)
        #expect(plans.map(\.resource) == [.cpu, .memory, .cpu, .memory])
        #expect(plans[0].demand == 1.5)
        #expect(plans[1].demand == 3e6)
        #expect(plans[0].timeNanoseconds == KernelScript.unixOffset + 102_000_000_000)
    }

    @Test func forecastsComeForEveryCgroupResourceHorizonAndQuantileInOrder() throws {
        let live = try LiveRun(KernelScript(cgroups: 2), .small(), sink: CapturingSink())
        for _ in 0..<2 { try live.tick { _ in .init(cores: 1, memoryBytes: 1e6) } }
        let forecasts = live.engine.sink.forecasts
        let keys = forecasts.map { "\($0.path) \($0.resource.name) \($0.horizonNanoseconds)" }
        let expected = ["/", "/app0", "/app1"].flatMap { path in
            ["cpu", "memory"].flatMap { resource in
                [60_000_000_000, 300_000_000_000].map { "\(path) \(resource) \($0)" }
            }
        }
        #expect(keys == expected, "a resource that was never used has none")
        for forecast in forecasts {
            #expect(forecast.quantiles == [0.5, 0.9, 0.95, 0.99], "the plan's is one of them")
            #expect(forecast.values.count == 4)
            #expect(zip(forecast.values, forecast.values.dropFirst()).allSatisfy { $0 <= $1 })
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func planIsNeverBelowPresentDemand(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let live = try LiveRun(
            KernelScript(cgroups: 3),
            .small(planned: [.cpu, .memory, .diskWrite]),
            sink: CapturingSink()
        )
        var level = 1.0
        for index in 0..<600 {
            if Int.random(in: 0..<20, using: &generator) == 0 {
                level = [0.01, 0.3, 1, 4, 9].randomElement(using: &generator)!
            }
            // At last there is nothing to hold capacity for.
            if index >= 300 { level = 0.01 }
            try live.tick { _ in
                let noise = Double.random(in: 0.2...1.8, using: &generator)
                return .init(
                    cores: level * noise,
                    memoryBytes: level * noise * 1e7,
                    writtenBytesPerSecond: level * noise * 1e5
                )
            }
        }
        let plans = live.engine.sink.plans.map(\.decision)
        #expect(plans.count == 1797)
        for plan in plans { #expect(plan.target >= plan.demand) }
        // Releases happen, and leave enough for what is in use.
        let releases = plans.filter { $0.change < 0 }
        #expect(!releases.isEmpty)
        for plan in releases { #expect(plan.requestedTotal >= plan.demand) }
    }

    @Test func requestsCarryGrowingIdsTheirReasonsAndWhenTheyAreNeeded() throws {
        let live = try LiveRun(KernelScript(cgroups: 2), .small(), sink: CapturingSink())
        for step in 0..<20 {
            try live.tick { _ in .init(cores: Double(step), memoryBytes: Double(step) * 1e8) }
        }
        let requests = live.engine.sink.requests
        #expect(requests.count > 5)
        #expect(requests.map(\.request.id) == (1...requests.count).map(UInt64.init))
        for (request, outcome) in requests {
            #expect(request.pool == "node")
            #expect(!request.reasons.isEmpty)
            #expect(
                request.neededByNanoseconds - request.requestedAtNanoseconds == 60_000_000_000
            )
            #expect(outcome == .granted(amount: request.amount))
        }
    }

    @Test func grantsComeBackAsReadyCapacityAndDenialsDoNot() throws {
        let live = try LiveRun(
            KernelScript(cgroups: 1),
            .small(planned: [.cpu]),
            sink: CapturingSink(),
            facts: HostFacts(cores: 2, memoryBytes: 1e9)
        )
        for _ in 0..<4 { try live.tick { _ in .init(cores: 1) } }
        let granted = live.provider.granted(pool: "node", resource: .cpu)
        #expect(granted >= 1 && granted <= 2)
        #expect(live.engine.sink.plans.last?.decision.ready == granted)
        #expect(live.engine.sink.plans.last?.pool.allocatable == 2)
        for _ in 0..<4 { try live.tick { _ in .init(cores: 5) } }
        #expect(live.engine.sink.plans.last?.decision.ready == 2, "there is no more")
        let outcomes = live.engine.sink.requests.map(\.outcome)
        #expect(outcomes.contains { if case .partial(2, _) = $0 { true } else { false } })
    }

    @Test func skippedTicksAreCountedAndTold() throws {
        let live = try LiveRun(KernelScript(cgroups: 1), .small(), sink: CapturingSink())
        try live.tick(skipped: 0) { _ in .init() }
        #expect(live.engine.sink.losses.isEmpty)
        try live.tick(seconds: 4, skipped: 3) { _ in .init() }
        try live.tick { _ in .init() }
        try live.tick(seconds: 2, skipped: 1) { _ in .init() }
        let told = live.engine.sink.losses.filter { $0.cause.name == "tick_skipped" }
        #expect(told.map(\.total) == [3, 4], "told when it rises, as a total")
        let long = live.engine.sink.windows.first { $0.window.elapsedNanoseconds == 4_000_000_000 }
        #expect(long?.window.coverage == 0.25, "the window is longer and says so")
    }

    @Test func whatFailsInTheAgentIsALossOfItsOwn() throws {
        let live = try LiveRun(KernelScript(cgroups: 1), .small(), sink: CapturingSink())
        for failures in [[], [1, 0, 2], [1, 0, 2], [3, 1, 2]] as [[UInt64]] {
            live.failures = failures
            try live.tick { _ in .init() }
        }
        for (name, totals) in [
            ("checkpoint_failed", [1, 3]), ("limit_not_set", [1]), ("limit_changed", [2]),
        ] as [(String, [UInt64])] {
            #expect(live.engine.sink.losses.filter { $0.cause.name == name }.map(\.total) == totals)
        }
    }

    @Test func kernelsLossesAreToldWhenTheyRise() throws {
        let live = try LiveRun(KernelScript(cgroups: 1), .small(), sink: CapturingSink())
        for total in [0, 2, 2, 5] as [UInt64] {
            live.kernelLosses[Int(HR_LOSS_NET_NO_OWNER.rawValue)] = total
            try live.tick { _ in .init() }
        }
        let losses = live.engine.sink.losses
        #expect(losses.map(\.cause.name) == ["net_no_owner", "net_no_owner"])
        #expect(losses.map(\.total) == [2, 5])
    }

    @Test func lostRootSampleMakesNoPlanAndTheNextOneCoversBoth() throws {
        let live = try LiveRun(KernelScript(cgroups: 1), .small(), sink: CapturingSink())
        for _ in 0..<3 { try live.tick { _ in .init(cores: 1) } }
        let before = live.engine.sink.plans.count
        try live.tick(losing: ["/"]) { _ in .init(cores: 1) }
        #expect(live.engine.sink.plans.count == before)
        try live.tick { _ in .init(cores: 1) }
        #expect(live.engine.sink.plans.count == before + 2)
        #expect(live.engine.sink.plans.last?.decision.demand ?? 0 >= 0)
        let cpu = live.engine.sink.plans[before].decision
        #expect(cpu.demand == 1, "two seconds of one core")
    }

    @Test func birthsAndRemovalsAreEvents() throws {
        let live = try LiveRun(KernelScript(cgroups: 0), .small(), sink: CapturingSink())
        try live.tick { _ in .init() }
        live.ingest(live.script.make("/job"))
        try live.tick { _ in .init(cores: 1) }
        live.ingest(live.script.remove("/job"))
        try live.tick { _ in .init() }
        let told = live.engine.sink.events.map { event in
            switch event {
            case .cgroupCreated(_, let path, _): "created \(path)"
            case .cgroupRemoved(_, let path, _): "removed \(path)"
            case .alarm(let alarm, _): "alarm \(alarm.kind)"
            case .probesShed(let names, _): "shed \(names)"
            case .clockSetBack(let step, _): "clock back \(step)"
            }
        }
        #expect(told == ["created /job", "removed /job"])
    }

    @Test func whatIsNotMeasuredIsToldNotForecastAsZero() throws {
        let live = try LiveRun(KernelScript(cgroups: 0), .small(), sink: CapturingSink())
        try live.tick { _ in .init() }
        let flags = HR_WINDOW_NO_DELAY.rawValue
        var input = TickInput()
        input.unobserved = flags
        _ = live.engine.tick(input)
        _ = live.engine.tick(input)
        _ = live.engine.tick(TickInput())
        let told = live.engine.sink.events.compactMap { event in
            if case .probesShed(let names, _) = event { names } else { nil }
        }
        #expect(told == [["run_queue_delay"], []], "told once when it changes")
    }

    /// A slot's new tenant must not inherit forecasts.
    @Test func newTenantOfASlotIsForecastFromItsOwnSamples() throws {
        let live = try LiveRun(KernelScript(cgroups: 0), .small(), sink: CapturingSink())
        try live.tick { _ in .init() }
        live.ingest(live.script.make("/big"))
        for _ in 0..<20 { try live.tick { _ in .init(cores: 30) } }
        live.ingest(live.script.remove("/big"))
        try live.tick { _ in .init() }
        live.ingest(live.script.make("/small"))
        for _ in 0..<2 { try live.tick { _ in .init(cores: 0.5) } }
        let small = live.engine.sink.forecasts.filter { $0.path == "/small" && $0.resource == .cpu }
        #expect(!small.isEmpty)
        for forecast in small { #expect(forecast.values[0] < 2, "\(forecast.values)") }
    }

    @Test func largestLeavesAreNamedAsContributorsAndGroupsAreNot() throws {
        let live = try LiveRun(KernelScript(cgroups: 5), .small(), sink: CapturingSink())
        for _ in 0..<5 {
            try live.tick { path in .init(cores: Double(path.dropFirst(4)) ?? 0, memoryBytes: 1) }
        }
        let named = try #require(live.engine.sink.plans.last { $0.decision.resource == .cpu })
            .decision.topContributors.map(\.name)
        #expect(named == ["/app4", "/app3", "/app2"])
    }

    @Test func groupThatHoldsTheLeavesIsNoContributorItself() throws {
        let live = try LiveRun(
            KernelScript(cgroups: 0),
            .small(planned: [.cpu]),
            sink: CapturingSink()
        )
        for path in ["/group", "/group/a", "/group/b"] { live.ingest(live.script.make(path)) }
        let cores = ["/group": 3.0, "/group/a": 2, "/group/b": 1]
        for _ in 0..<5 { try live.tick { .init(cores: cores[$0]!) } }
        let plan = try #require(live.engine.sink.plans.last).decision
        #expect(plan.topContributors.map(\.name) == ["/group/a", "/group/b"])
    }

    /// A horizon's own forecast; between two of them by the root of the lead; beyond them the
    /// nearest.
    @Test(arguments: [(60, 0), (10, 0), (135, 0.404_508), (300, 1), (900, 1)] as [(Int64, Double)])
    func planUsesThePoolsOwnForecastOverItsLeadTime(lead: Int64, share: Double) throws {
        var configuration = EngineConfiguration.small(planned: [.cpu])
        configuration.plans[0].configuration.leadTimeNanoseconds = lead * 1_000_000_000
        var generator = SeededGenerator(seed: 3)
        let live = try LiveRun(KernelScript(cgroups: 2), configuration, sink: CapturingSink())
        for _ in 0..<90 {
            try live.tick { _ in .init(cores: 1 + Double.random(in: 0...1, using: &generator)) }
        }
        let sink = live.engine.sink
        let issued = sink.forecasts.filter { $0.path == "/" && $0.resource == .cpu }
        for (decision, _) in sink.plans {
            func value(_ horizon: Int64) throws -> Double {
                let forecast = try #require(
                    issued.first {
                        $0.horizonNanoseconds == horizon * 1_000_000_000
                            && Int64($0.timeNanoseconds) == decision.timeNanoseconds
                    }
                )
                let quantile = forecast.quantiles.firstIndex(of: decision.forecastQuantile)
                return forecast.values[try #require(quantile)]
            }
            let expected = try (1 - share) * value(60) + share * value(300)
            let forecast = try #require(decision.forecast)
            #expect((forecast - expected).magnitude <= 1e-4 * expected)
        }
        #expect(sink.plans.count == 89)
    }

    /// Windows four times as long as intended: a quarter of what should have been seen.
    @Test(arguments: [(1.0, true), (4.0, false)])
    func capacityIsReleasedOnlyOnWindowsThatWereSeen(seconds: Double, releases: Bool) throws {
        let live = try LiveRun(
            KernelScript(cgroups: 1), .small(planned: [.cpu]), sink: CapturingSink())
        for _ in 0..<10 { try live.tick { _ in .init(cores: 5) } }
        for _ in 0..<400 { try live.tick(seconds: seconds) { _ in .init(cores: 0.1) } }
        let changes = live.engine.sink.plans.map(\.decision.change)
        #expect(changes.contains { $0 < 0 } == releases)
    }

    @Test func plansAreLimitedToWhatTheNodeHas() {
        var options = AgentOptions()
        options.engine = .small(planned: [.cpu, .memory, .diskRead])
        let limited = options.limited(to: HostFacts(cores: 2, memoryBytes: 1e9)).engine.plans
        #expect(limited.map(\.configuration.maximum) == [2, 1e9, .infinity])
        options.engine.plans[0].configuration.chunk = 4
        let tiny = options.limited(to: HostFacts(cores: 2, memoryBytes: 1e9)).engine.plans
        #expect(tiny[0].configuration.maximum == 4, "one chunk must fit, the provider says no")
    }
}
