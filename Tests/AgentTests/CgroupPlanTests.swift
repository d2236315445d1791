import Aggregates
import Capacity
import HeadroomABI
import Planner
import Testing

@testable import Agent

/// Plans of single cgroups, whose limits are what is asked for.
@Suite struct CgroupPlanTests {
    static func configuration(_ forecasts: UInt64) -> EngineConfiguration {
        var configuration = EngineConfiguration.small(horizonsSeconds: [5, 10], planned: [.cpu])
        configuration.forecastsToPlanCgroup = forecasts
        configuration.plans.append(
            PlannedResource(
                resource: .cpu,
                configuration: ResourcePlanConfiguration(
                    costRatio: 99, leadTimeNanoseconds: 5_000_000_000, chunk: 0.25, maximum: 64),
                scope: .cgroup("/app0")))
        return configuration
    }

    private func throttled(_ id: UInt64, at time: UInt64) -> [UInt8] {
        var event = hr_event()
        event.kind = HR_KIND_EVENT.rawValue
        event.what = HR_EVENT_THROTTLED.rawValue
        event.time_ns = time
        event.cgroup_id = id
        return unsafe withUnsafeBytes(of: event) { unsafe Array($0) }
    }

    private func load(_ path: String) -> KernelScript.Usage {
        KernelScript.Usage(cores: path == "/app0" ? 1 : 3)
    }

    @Test func aCgroupIsLeftAloneUntilItsForecastsWereSeenToHold() throws {
        let live = try LiveRun(
            KernelScript(cgroups: 2), Self.configuration(30), sink: CapturingSink())
        live.limits = ["/app0": 64]
        for _ in 0..<25 { try live.tick(usage: load) }
        #expect(live.engine.sink.plans.allSatisfy { $0.pool.isNode })
        #expect(live.limits["/app0"] == 64)
        for _ in 0..<30 { try live.tick(usage: load) }
        let own = live.engine.sink.plans.filter { !$0.pool.isNode }
        #expect(own.last?.pool.name == "/app0")
        // Of itself, not of the node.
        #expect(own.last?.decision.demand == 1)
        let limit = try #require(live.limits["/app0"])
        #expect((1...2).contains(limit), "\(limit)")
        #expect(live.requests.contains { $0.0.pool == "/app0" })
        #expect(live.requests.contains { $0.0.pool == "node" })
    }

    @Test func aCgroupThatCannotBeLimitedIsNotPlanned() throws {
        let live = try LiveRun(
            KernelScript(cgroups: 2), Self.configuration(5), sink: CapturingSink())
        for _ in 0..<40 { try live.tick(usage: load) }
        #expect(live.engine.sink.plans.allSatisfy { $0.pool.isNode })
        #expect(live.requests.allSatisfy { $0.0.pool == "node" })
    }

    @Test func aLimitThatStopsItsCgroupIsRaisedBetweenTicks() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("run.hrr")
        let live = try LiveRun(
            KernelScript(cgroups: 2), Self.configuration(10), sink: JSONSink(descriptor: -1),
            recording: path)
        live.limits = ["/app0": 64]
        for _ in 0..<60 { try live.tick(usage: load) }
        let before = try #require(live.limits["/app0"])
        #expect(before < 64)
        let count = live.requests.count
        let ids = Dictionary(uniqueKeysWithValues: live.script.tree.map { ($0.path, $0.id) })
        live.ingest(throttled(try #require(ids["/app0"]), at: live.script.time + 1_000_000))
        // Not one that is ours to limit.
        live.ingest(throttled(try #require(ids["/app1"]), at: live.script.time + 2_000_000))
        live.settleUrgent()
        #expect(live.requests.count == count + 1)
        #expect(live.limits["/app0"] == before * 1.5)
        let reason = try #require(live.requests.last?.0.reasons.first)
        #expect(reason.contains("has just stopped it"), "\(reason)")
        for _ in 0..<5 { try live.tick(usage: load) }
        let lines = live.engine.sink.line.bytes

        let (replayed, summary) = try Replay.lines(path)
        #expect(replayed == lines)
        #expect(summary.requests == live.requests.count)
    }
}
