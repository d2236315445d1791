import Aggregates
import Capacity
import Forecast
import Planner
import Testing

@testable import Agent

/// An engine that plans otherwise from one tick to the next.
@Suite struct ReconfigurationTests {
    private static func bursts(_ tick: Int) -> KernelScript.Usage {
        .init(cores: tick % 40 < 2 ? 4 : 0.2, memoryBytes: 100e6)
    }

    private static func ran(_ seconds: Int) throws -> LiveRun<CapturingSink> {
        let live = try LiveRun(KernelScript(cgroups: 2), .small(), sink: CapturingSink())
        for tick in 0..<seconds { try live.tick { _ in bursts(tick) } }
        return live
    }

    /// The forecasts of the next ticks, all of them.
    private static func next(_ live: LiveRun<CapturingSink>, from tick: Int) throws -> [[Double]] {
        let known = live.engine.sink.forecasts.count
        for tick in tick..<(tick + 20) { try live.tick { _ in bursts(tick) } }
        return live.engine.sink.forecasts.dropFirst(known).map(\.values)
    }

    /// Another cost ratio, whose quantile is not forecast: what is forecast does not change by it.
    @Test func forecastsGoOnBitForBit() throws {
        let untouched = try Self.ran(300)
        let changed = try Self.ran(300)
        var configuration = EngineConfiguration.small()
        for index in configuration.plans.indices { configuration.plans[index].configuration.costRatio = 33 }
        let summary = changed.engine.reconfigure(configuration)
        // Series of CPU and memory of the root and two cgroups; the two plans learned with another ratio.
        #expect(summary.restored == 6 && summary.refused == 2, "\(summary)")
        let expected = try Self.next(untouched, from: 300)
        #expect(expected.count == 240)
        #expect(try Self.next(changed, from: 300) == expected)
        let plan = try #require(changed.engine.sink.plans.last)
        #expect(plan.decision.fraction == 33 / 34.0)
    }

    @Test func whatIsFixedForARunStays() throws {
        let live = try Self.ran(50)
        let before = live.engine.configuration
        var configuration = EngineConfiguration.small(horizonsSeconds: [10, 20])
        configuration.quantiles = [0.1]
        configuration.intervalNanoseconds = 5_000_000_000
        configuration.tableSlots = 4
        _ = live.engine.reconfigure(configuration)
        let now = live.engine.configuration
        #expect(now.horizonsNanoseconds == before.horizonsNanoseconds && now.allQuantiles == before.allQuantiles)
        #expect(now.intervalNanoseconds == before.intervalNanoseconds && now.tableSlots == before.tableSlots)
        // Again with what it had: nothing is refused.
        #expect(live.engine.reconfigure(EngineConfiguration.small()).refused <= 2)
    }

    /// The same configuration again changes nothing, plans' learned state included.
    @Test func theSameAgainIsAsIfNothingWas() throws {
        let untouched = try Self.ran(300)
        let changed = try Self.ran(300)
        let summary = changed.engine.reconfigure(.small())
        #expect(summary.restored == 8 && summary.refused == 0)
        #expect(try Self.next(changed, from: 300) == Self.next(untouched, from: 300))
        let plans = (
            changed.engine.sink.plans.suffix(40).map(\.decision.target), untouched.engine.sink.plans.suffix(40).map(\.decision.target)
        )
        #expect(plans.0 == plans.1)
        #expect(changed.engine.sink.windows.count == untouched.engine.sink.windows.count)
    }

    @Test func poolsComeAndGo() throws {
        let live = try Self.ran(100)
        var configuration = EngineConfiguration.small()
        configuration.pools = [PoolDefinition(name: "web", cgroups: [try #require(CgroupPattern("/app0"))])]
        configuration.plans.append(
            PlannedResource(
                resource: .cpu, configuration: configuration.plans[0].configuration, scope: .pool(0)))
        _ = live.engine.reconfigure(configuration)
        for tick in 100..<200 { try live.tick { _ in Self.bursts(tick) } }
        #expect(live.engine.sink.plans.suffix(3).count == 3)
        #expect(live.requests.contains { $0.0.pool == "web" })
        let requests = live.requests.count
        _ = live.engine.reconfigure(.small())
        for tick in 200..<300 { try live.tick { _ in Self.bursts(tick) } }
        #expect(live.requests.dropFirst(requests).allSatisfy { $0.0.pool == "node" })
        let ids = live.requests.map(\.0.id)
        #expect(ids == Array(1...UInt64(ids.count)), "ids go on: \(ids)")
    }
}
