import Aggregates
import Forecast
import Planner
import Testing

@testable import Agent

/// What is known beforehand is there before it is needed.
@Suite struct PlanHintTests {
    /// A time zone whose 02:00 is so many seconds after the script's first walk.
    private func offset(_ live: LiveRun<CapturingSink>, secondsTo02: Int64) -> Int64 {
        let start = (Int64(live.script.time) + KernelScript.unixOffset) / 1_000_000_000
        let wanted: Int64 = 2 * 3_600 - secondsTo02
        return ((wanted - start) % 86_400 + 86_400) % 86_400
    }

    private func configuration(_ hint: ScheduledDemand?) -> EngineConfiguration {
        var configuration = EngineConfiguration.small(planned: [.cpu])
        if let hint { configuration.hints = [PlanHint(scope: .node, resource: .cpu, demand: hint)] }
        return configuration
    }

    private static let batch = ScheduledDemand(startSecond: 7_200, durationSeconds: 600, amount: 6)

    /// One core, and seven from the 300th second on.
    private func run(_ configuration: EngineConfiguration) throws -> [PlanDecision] {
        let live = try LiveRun(KernelScript(cgroups: 1), configuration, sink: CapturingSink())
        live.utcOffset = offset(live, secondsTo02: 300)
        for second in 0..<400 { try live.tick { _ in .init(cores: second < 300 ? 1 : 7) } }
        return live.engine.sink.plans.map(\.decision)
    }

    @Test func capacityIsThereBeforeTheFirstTime() throws {
        let plain = try run(configuration(nil))
        let hinted = try run(configuration(Self.batch))
        // A lead of 60 s: nothing yet at 200 s, all of it at 290 s.
        #expect(plain[280].ready < 3 && hinted[200].ready < 3)
        #expect(hinted[280].ready >= 7, "\(hinted[280].reasons)")
        #expect(hinted[280].reasons.contains("6.0 cores of that are known of beforehand: scheduled within the lead"))
        let short = { (plans: [PlanDecision]) in plans.count { $0.demand > $0.ready + 0.01 } }
        #expect(short(hinted) < short(plain))
    }

    /// 0.01 cores a request beside half a core; from the 300th second on seven times as many come.
    private func run(expected: (Int) -> ExpectedRates?) throws -> [PlanDecision] {
        var configuration = configuration(nil)
        configuration.rates = [.node]
        let live = try LiveRun(KernelScript(cgroups: 1), configuration, sink: CapturingSink())
        for second in 0..<400 {
            let rate = 100.0 + 10 * Double(second % 7 - 3)
            live.rates = [expected(second)]
            try live.tick { _ in .init(cores: 0.5 + 0.01 * (second < 300 ? rate : 7 * rate)) }
        }
        if let losses = live.engine.sink.losses.last(where: { $0.cause.name == "rate_unknown" }) {
            #expect(losses.total == 400)
        }
        return live.engine.sink.plans.map(\.decision)
    }

    @Test func whatExpectedRequestsCostIsLearnedAndThereBeforeThem() throws {
        func now(_ second: Int) -> Double { (100.0 + 10 * Double(second % 7 - 3)) * (second < 300 ? 1 : 7) }
        let unknown = try run { _ in nil }
        let known = try run { second in
            let ahead = Int64(300 - second) * 1_000_000_000
            return ExpectedRates(
                rate: now(second), points: [ExpectedRates.Point(aheadNanoseconds: ahead, rate: 900)])
        }
        // A lead of 60 s.
        #expect(unknown[280].ready < 4 && known[200].ready < 4)
        #expect(known[290].ready >= 8, "\(known[290].reasons)")
        let requests = try #require(known[290].requests)
        #expect((try #require(requests.cost) - 0.01).magnitude < 0.001)
        #expect(requests.expected == 900)
        #expect(
            known[290].reasons.contains {
                $0.contains("known of beforehand: 900 requests a second are expected within the lead, now ")
                    && $0.hasSuffix(", 0.01 cores each")
            }, "\(known[290].reasons)")
        let short = { (plans: [PlanDecision]) in plans.count { $0.demand > $0.ready + 0.01 } }
        #expect(short(known) < short(unknown))
    }

    /// What nobody follows is not believed for long.
    @Test func expectationsThatDoNotComeTrueLoseTheirWeight() throws {
        var configuration = configuration(nil)
        configuration.rates = [.node]
        let live = try LiveRun(KernelScript(cgroups: 1), configuration, sink: CapturingSink())
        for second in 0..<2_400 {
            let rate = 100.0 + 10 * Double(second % 7 - 3)
            live.rates = [
                ExpectedRates(
                    rate: rate,
                    points: [ExpectedRates.Point(aheadNanoseconds: 10_000_000_000, rate: 2_000)])
            ]
            try live.tick { _ in .init(cores: 0.5 + 0.01 * rate) }
        }
        let plans = live.engine.sink.plans.map(\.decision)
        #expect(plans[60].scheduled > 10, "believed at first")
        let last = try #require(plans.last)
        #expect(last.scheduled < 0.5, "\(last.scheduled)")
    }

    /// With a schedule of requests the file tells the present alone.
    @Test func aScheduleOfRequestsIsAnExpectationToo() throws {
        var configuration = configuration(nil)
        configuration.rates = [.node]
        configuration.hints = [
            PlanHint(
                scope: .node, resource: .requests,
                demand: ScheduledDemand(startSecond: 7_200, durationSeconds: 600, amount: 900))
        ]
        let live = try LiveRun(KernelScript(cgroups: 1), configuration, sink: CapturingSink())
        live.utcOffset = offset(live, secondsTo02: 300)
        for second in 0..<295 {
            let rate = 100.0 + 10 * Double(second % 7 - 3)
            live.rates = [ExpectedRates(rate: rate)]
            try live.tick { _ in .init(cores: 0.5 + 0.01 * rate) }
        }
        let plans = live.engine.sink.plans.map(\.decision)
        #expect(plans[200].scheduled == 0)
        // 800 more requests of 0.01 cores: the schedule's 900 is in requests, and no cores.
        #expect((7...9).contains(plans[290].scheduled), "\(plans[290].scheduled)")
        #expect((8...12).contains(plans[290].ready), "\(plans[290].reasons)")
    }

    @Test func ofAPoolItIsThePoolsAlone() throws {
        var configuration = configuration(nil)
        configuration.pools = [PoolDefinition(name: "web", cgroups: [CgroupPattern("/app0")!])]
        configuration.plans.append(
            PlannedResource(
                resource: .cpu, configuration: configuration.plans[0].configuration, scope: .pool(0)))
        configuration.hints = [PlanHint(scope: .pool(0), resource: .cpu, demand: Self.batch)]
        let plans = try run(configuration)
        let last = plans.filter { $0.scheduled > 0 }
        #expect(last.count > 50 && last.allSatisfy { $0.demand > 0 })
        // Two plans a round: the node's own, of nothing, has no hint.
        #expect(plans.count { $0.scheduled > 0 } <= 70)
    }

    /// Whatever comes in a maintenance window, what is forecast afterwards is the same.
    @Test func inMaintenanceNothingIsLearned() throws {
        var configuration = configuration(nil)
        configuration.maintenance = [
            ScheduledDemand(startSecond: 7_200, durationSeconds: 120, amount: 0)
        ]
        func run(wild: Double) throws -> [PlanDecision] {
            let live = try LiveRun(KernelScript(cgroups: 1), configuration, sink: CapturingSink())
            live.utcOffset = offset(live, secondsTo02: 200)
            for second in 0..<500 {
                let isInside = (201..<319).contains(second)
                try live.tick { _ in .init(cores: isInside ? wild : 1 + Double(second % 3) / 10) }
            }
            return live.engine.sink.plans.map(\.decision)
        }
        let (calm, wild) = try (run(wild: 1), run(wild: 9))
        #expect(wild[250].demand > 8 && wild[250].target >= 9, "present demand is covered")
        #expect(wild[250].reasons.contains("in a maintenance window, so nothing is learned"))
        for round in 325..<499 { #expect(calm[round].forecast == wild[round].forecast, "\(round)") }
    }

    @Test func aRecordingKnowsHintsAndPools() throws {
        var configuration = configuration(Self.batch)
        configuration.pools = [
            PoolDefinition(name: "web", cgroups: [CgroupPattern("/a/*")!], priority: -3, weight: 2.5)
        ]
        configuration.hints.append(
            PlanHint(scope: .pool(0), resource: .memory, demand: Self.batch))
        configuration.hints.append(
            PlanHint(scope: .node, resource: .requests, demand: Self.batch))
        configuration.rates = [.pool(0), .node]
        configuration.maintenance = [Self.batch]
        configuration.plans[0].configuration.holdPrice = 0.04
        configuration.plans[0].configuration.raisePerMinute = 4
        configuration.plans.append(
            PlannedResource(
                resource: .memory, configuration: configuration.plans[0].configuration,
                scope: .pool(0)))
        let frame = RecordingFrame.configuration(configuration)
        let read = try #require(RecordingFrame(kind: frame.kind, payload: frame.payload))
        guard case .configuration(let same) = read else {
            Issue.record("\(read)")
            return
        }
        #expect(same == configuration)
    }
}
