import Aggregates
import Capacity
import Forecast
import Foundation
import HeadroomABI
import Logging
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
        let plans = [changed, untouched].map { $0.engine.sink.plans.suffix(40).map(\.decision) }
        #expect(plans[0] == plans[1])
        #expect(changed.engine.sink.windows.count == untouched.engine.sink.windows.count)
    }

    /// What requests cost, how a schedule did, and the chunks that are held: as if nothing was.
    @Test func hintsAndChunksGoOnBitForBit() throws {
        var configuration = EngineConfiguration.small()
        configuration.rates = [.node]
        configuration.hints = [
            PlanHint(
                scope: .node, resource: .cpu, demand: ScheduledDemand(startSecond: 0, durationSeconds: 86_400, amount: 2)),
            PlanHint(
                scope: .node, resource: .requests,
                demand: ScheduledDemand(startSecond: 0, durationSeconds: 86_400, amount: 150)),
        ]
        configuration.shapes = [
            ChunkShape(name: "small", cores: 2, memoryBytes: 0x1p30, price: 0.1),
            ChunkShape(name: "large", cores: 8, memoryBytes: 0x1p32, price: 0.35),
        ]
        func run(reload: EngineConfiguration?) throws -> LiveRun<CapturingSink> {
            let live = try LiveRun(KernelScript(cgroups: 1), configuration, sink: CapturingSink())
            for tick in 0..<400 {
                if tick == 300, let reload { live.reconfigure(reload) }
                let rate = 100.0 + 10 * Double(tick % 7 - 3)
                live.rates = [ExpectedRates(rate: rate)]
                try live.tick { _ in .init(cores: 0.5 + 0.01 * rate, memoryBytes: 1e9) }
            }
            return live
        }
        let (untouched, changed) = try (run(reload: nil), run(reload: configuration))
        let plans = [untouched, changed].map { $0.engine.sink.plans.map(\.decision) }
        #expect(plans[0][600...].contains { $0.scheduled > 0.1 }, "hints raise something")
        #expect(plans[0].count == 798 && plans[1].count == 798)
        let difference = zip(plans[0], plans[1]).first { $0 != $1 }
        #expect(difference == nil, "\(difference.map { [$0.0.reasons, $0.1.reasons] } ?? [])")
        let areSameRequests = untouched.requests.map(\.0) == changed.requests.map(\.0)
        #expect(areSameRequests)
        #expect(untouched.requests.contains { !$0.0.chunks.isEmpty })
        // Other shapes are other chunks, another schedule has nothing to do with how the old one did.
        var other = configuration
        other.shapes.removeLast()
        other.hints.removeLast()
        let anew = try run(reload: other)
        #expect(anew.engine.sink.plans[600].decision.requests?.cost == nil)
    }

    /// A service that is down while the configuration is read again.
    @Test func whatWentBeforeIsStillKnownLongAfter() throws {
        let live = try Self.ran(900)
        live.ingest(live.script.remove("/app0"))
        for tick in 0..<3 { try live.tick { _ in Self.bursts(tick) } }
        live.reconfigure(.small())
        // Longer than what a checkpoint has is waited for.
        for tick in 0..<1_000 { try live.tick { _ in Self.bursts(tick) } }
        live.ingest(live.script.make("/app0"))
        live.ingest(live.script.make("/stranger"))
        for tick in 10..<13 { try live.tick { _ in Self.bursts(tick) } }
        func last(_ path: String) throws -> Double {
            try #require(live.engine.sink.forecasts.last { $0.path == path && $0.resource == .cpu }).values[2]
        }
        let (known, unknown) = try (last("/app0"), last("/stranger"))
        #expect(known > 2 * unknown, "known \(known), unknown \(unknown)")
        // What runs is taken over even if all that an earlier run left was given up long ago.
        live.reconfigure(.small())
        let before = try last("/app1")
        for tick in 13..<15 { try live.tick { _ in Self.bursts(tick) } }
        #expect(try last("/app1") > 0.5 * before)
    }

    /// A cgroup that is not planned any more is held to nothing that the table shows.
    @Test func limitsThatAreNotPlannedAnyMoreAreNotShown() throws {
        let parent = try TemporaryDirectory()
        let directory = RuntimeDirectory(path: parent.file("headroom"))
        let configuration = CgroupPlanTests.configuration(5)
        var node = configuration
        node.plans.removeLast()
        let file = try TableFile(directory: directory, slots: 32)
        var engine = Engine(configuration: configuration, table: file.table(), sink: CapturingSink())
        var script = KernelScript(cgroups: 1)
        for (id, path) in script.tree { engine.found(id: id, path: path) }
        var limit = 64.0
        func tick() {
            for record in script.walk(usage: { _ in .init(cores: 1) }) {
                unsafe record.withUnsafeBytes { unsafe engine.ingest($0) }
            }
            var input = TickInput()
            input.unixOffsetNanoseconds = KernelScript.unixOffset
            input.rootCPUNanoseconds = script.hostCPU
            input.observations = [
                nil, CapacityObservation(ready: limit, pending: 0, allocatable: 64),
            ].prefix(engine.configuration.plans.count).map { $0 }
            for request in engine.tick(input) {
                if request.pool == "/app0" { limit = request.amount }
                engine.settle(request, .granted(amount: request.amount), provider: "cgroup")
            }
        }
        for _ in 0..<40 { tick() }
        var attachment = try TableAttachment(directory: directory)
        let held = attachment.reader.slot(1)?.limit_cores
        #expect(limit < 64 && held == limit, "\(limit)")
        _ = engine.reconfigure(node)
        tick()
        let after = attachment.reader.slot(1)?.limit_cores
        #expect(after == 0)
        _ = consume file
    }

    @Test func countsGoOnOverWhatIsReplaced() {
        var earlier = EarlierLosses()
        #expect(earlier.total(.provider, 3) == 3)
        earlier.add(.provider, 3)
        earlier.add(.limit, 2)
        #expect(earlier.total(.provider, 0) == 3 && earlier.total(.provider, 4) == 7)
        #expect(earlier.total(.limit, 1) == 3 && earlier.total(.history, 5) == 5)
    }

    /// Not after the long one that was.
    @Test func aShorterIntervalOfCheckpointsCountsAtOnce() throws {
        let folder = try TemporaryDirectory()
        let live = try Self.ran(2)
        let second: Int64 = 1_000_000_000
        var checkpointing = Checkpointing(
            StateDirectory(path: folder.file("state")), interval: 3_600 * second, now: 0, logger: Logger(label: "test"))
        func tick(_ seconds: Int64) { checkpointing.tick(live.engine, now: seconds * second, unixOffset: 0) }
        tick(10)
        checkpointing.setInterval(5 * second, now: 10 * second)
        tick(14)
        #expect(try folder.contents == ["state"] && !FileManager.default.fileExists(atPath: folder.file("state/forecasts")))
        tick(15)
        checkpointing.close(live.engine)
        #expect(checkpointing.lastWritten == UInt64(15 * second))
        // A longer one does not put off what is due.
        checkpointing.setInterval(3_600 * second, now: 16 * second)
        tick(20)
        for _ in 0..<1_000 where checkpointing.lastWritten != UInt64(20 * second) {
            usleep(1_000)
            tick(21)
        }
        #expect(checkpointing.lastWritten == UInt64(20 * second))
        tick(30)
        checkpointing.close(live.engine)
        #expect(checkpointing.lastWritten == UInt64(20 * second))
    }

    /// What the one before has refused for long is asked of another at once; and a replay does so too.
    @Test func anotherProviderIsAskedForAllOfIt() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("run.hrr")
        let configuration = EngineConfiguration.small(planned: [.cpu])
        let live = try LiveRun(
            KernelScript(cgroups: 1), configuration, sink: CapturingSink(),
            facts: HostFacts(cores: 1, memoryBytes: 64e9), recording: path)
        func isRefusedTooOften() -> Bool {
            if case .refusedTooOften = live.engine.sink.plans.last?.decision.cause { true } else { false }
        }
        for _ in 0..<3_000 where !isRefusedTooOften() { try live.tick { _ in .init(cores: 4) } }
        #expect(isRefusedTooOften())
        let before = live.requests.count
        // As a reload does it.
        live.reconfigure(configuration)
        live.changeProvider(HostFacts(cores: 64, memoryBytes: 64e9))
        try live.tick { _ in .init(cores: 4) }
        let asked = live.requests.dropFirst(before).map(\.0)
        #expect(asked.count == 1 && asked.first?.amount ?? 0 >= 4, "\(asked)")
        var replayed: [PlanDecision] = []
        _ = try Replay.run(
            path: path, makeSink: { _ in CapturingSink() }, afterTick: { replayed = $0.plans.map(\.decision) })
        #expect(replayed == live.engine.sink.plans.map(\.decision))
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
