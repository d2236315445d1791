import Aggregates
import Capacity
import Planner
import Testing

@testable import Agent

/// The host's clock is set back by an hour while the agent runs.
@Suite struct ClockTests {
    private static let hour: Int64 = 3_600_000_000_000

    private static func configuration() -> EngineConfiguration {
        var configuration = EngineConfiguration.small()
        configuration.pools = [PoolDefinition(name: "web", cgroups: [CgroupPattern("/app0")!])]
        configuration.plans.append(
            PlannedResource(
                resource: .cpu, configuration: configuration.plans[0].configuration, scope: .pool(0)))
        return configuration
    }

    private static func usage(_ tick: Int) -> KernelScript.Usage {
        // From the moment on at which the clock is set back, four times as much; then a quarter.
        .init(cores: tick < 200 ? 1 : tick < 260 ? 4 : 0.25, memoryBytes: 50e6)
    }

    private static func run<Sink: EngineSink>(_ sink: Sink, recording path: String? = nil) throws -> LiveRun<Sink> {
        let live = try LiveRun(KernelScript(cgroups: 2), configuration(), sink: sink, recording: path)
        for tick in 0..<500 {
            if tick == 200 { live.unixOffset -= hour }
            try live.tick { _ in usage(tick) }
        }
        return live
    }

    @Test func plansGoOnAtOnceAndItIsTold() throws {
        let live = try Self.run(CapturingSink())
        let sink = live.engine.sink
        #expect(sink.plans.count == 499 * 3, "one of each plan for each window")
        for (decision, pool) in sink.plans {
            if case .refused = decision.cause { Issue.record("\(pool.name) \(decision.timeNanoseconds): \(decision.reasons)") }
            #expect(decision.target >= decision.demand)
        }
        // The first window after it, of the node and of the pool: covered within it, and given back when the need is over.
        for name in ["node", "web"] {
            let plans = sink.plans.filter { $0.pool.name == name && $0.decision.resource == .cpu }.map(\.decision)
            #expect(plans[199].demand == 4 && plans[199].change > 0, "\(plans[199].reasons)")
            #expect(plans[200].ready >= 4)
            #expect(plans[199].timeNanoseconds - plans[198].timeNanoseconds == 1_000_000_000 - Self.hour)
            let low = plans[260...].map(\.ready).min()!
            #expect(low < 4, "\(name) gave nothing back in four minutes")
        }
        let told = sink.events.compactMap { event in
            if case .clockSetBack(let step, let time) = event { [step, time] } else { nil }
        }
        let time = UInt64(sink.plans.filter { $0.pool.isNode }[398].decision.timeNanoseconds)
        #expect(told == [[UInt64(Self.hour), time]])
    }

    @Test func aReplayOverItIsTheSame() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("run.hrr")
        let live = try Self.run(JSONSink(descriptor: -1), recording: path)
        let lines = live.engine.sink.line.bytes
        #expect(String(decoding: lines, as: UTF8.self).contains("\"event\":\"clock_set_back\",\"by_ns\":3600000000000"))
        let isSame = try Replay.lines(path).output == lines
        #expect(isSame)
    }
}
