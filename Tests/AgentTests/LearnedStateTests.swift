import Aggregates
import Forecast
import HeadroomABI
import Planner
import Testing

@testable import Agent

/// What is known of a cgroup outlives it, its limits and the agent.
@Suite struct LearnedStateTests {
    /// Little, and for two seconds in forty a lot: after a while p95 knows.
    private static func bursts(_ tick: Int) -> KernelScript.Usage {
        .init(cores: tick % 40 < 2 ? 4 : 0.2, memoryBytes: 100e6)
    }

    private static func run(_ seconds: Int) throws -> LiveRun<CapturingSink> {
        let live = try LiveRun(KernelScript(cgroups: 2), .small(), sink: CapturingSink())
        for tick in 0..<seconds { try live.tick { _ in bursts(tick) } }
        return live
    }

    private static func last(
        _ live: LiveRun<CapturingSink>, _ path: String, _ resource: Resource = .cpu
    ) throws -> Double {
        let issued = try #require(
            live.engine.sink.forecasts.last { $0.path == path && $0.resource == resource })
        return issued.values[try #require(issued.quantiles.firstIndex(of: 0.95))]
    }

    @Test func anAgentThatRestartsGoesOnWhereItStopped() throws {
        let first = try Self.run(900)
        let known = try Self.last(first, "/app0")
        #expect(known > 3, "bursts were not learned: \(known)")
        let bytes = first.engine.checkpoint.encoded()

        let second = try LiveRun(first.script, .small(), sink: CapturingSink())
        let summary = second.engine.restore(try Checkpoint(decoding: bytes))
        // CPU and memory of the root and two cgroups, and two plans.
        #expect(summary.restored == 8 && summary.refused == 0)
        let fresh = try LiveRun(first.script, .small(), sink: CapturingSink())
        for tick in 910..<914 {
            try second.tick { _ in Self.bursts(tick) }
            try fresh.tick { _ in Self.bursts(tick) }
        }
        for path in ["/", "/app0", "/app1"] {
            let restored = try Self.last(second, path)
            let before = try Self.last(first, path)
            #expect((restored - before).magnitude < 0.1 * before, "\(path): \(before), \(restored)")
            #expect(restored > 2 * (try Self.last(fresh, path)))
        }
        #expect(second.engine.checkpoint.keys == first.engine.checkpoint.keys)
    }

    @Test func otherLeadTimesStartAnewAndSaySo() throws {
        let first = try Self.run(5)
        let other = try LiveRun(
            first.script, .small(horizonsSeconds: [30, 60]), sink: CapturingSink())
        let summary = other.engine.restore(first.engine.checkpoint)
        // With the two plans, whose lead is another too.
        #expect(summary.restored == 0 && summary.refused == 8)
        #expect(try #require(summary.reason).contains("other lead times"))
    }

    /// Sixteen pools of 64 long paths each are more than a checkpoint's key has room for; and no other pools' either.
    @Test func poolsOfManyLongPathsAreKeptUnderAShortName() throws {
        func configuration(last: String) -> EngineConfiguration {
            var configuration = EngineConfiguration.small(planned: [.cpu])
            configuration.pools = (0..<16).map { pool in
                PoolDefinition(
                    name: "pool\(pool)",
                    cgroups: (0..<64).map { index in
                        CgroupPattern("/" + String(repeating: "x", count: 200) + "\(pool)-\(index)\(index == 63 ? last : "")")!
                    })
            }
            return configuration
        }
        let live = try LiveRun(KernelScript(cgroups: 1), configuration(last: "a"), sink: CapturingSink())
        for _ in 0..<60 { try live.tick { _ in .init(cores: 1) } }
        let checkpoint = live.engine.checkpoint
        #expect(checkpoint.keys.allSatisfy { $0.utf8.count < 5_000 })
        let bytes = checkpoint.encoded()
        for (last, restored) in [("a", 4), ("b", 3)] {
            let next = try LiveRun(live.script, configuration(last: last), sink: CapturingSink())
            // The root, its cgroup, what is in no pool, and the plan of that.
            let summary = next.engine.restore(try Checkpoint(decoding: bytes))
            #expect(summary.restored == restored, "\(last): \(summary)")
        }
    }

    @Test func plansOfOtherPricesStartAnewAndSaySo() throws {
        let first = try Self.run(60)
        var configuration = EngineConfiguration.small()
        configuration.plans[0].configuration.costRatio = 3
        configuration.plans.removeLast()
        let other = try LiveRun(first.script, configuration, sink: CapturingSink())
        let summary = other.engine.restore(first.engine.checkpoint)
        #expect(summary.refused == 8 && summary.restored == 0, "\(summary)")
        // A resource with the same prices and quantiles, and one that is planned no more.
        var fewer = EngineConfiguration.small()
        fewer.plans.removeLast()
        let third = try LiveRun(first.script, fewer, sink: CapturingSink())
        let left = third.engine.restore(first.engine.checkpoint)
        #expect(left.restored == 7 && left.refused == 1)
        #expect(left.reason == "\"plan memory node\" is not planned any more")
        #expect(third.engine.checkpoint.keys.last == "plan cpu node")
    }

    @Test func aServiceThatComesBackUnderItsNameIsKnown() throws {
        let live = try Self.run(900)
        live.ingest(live.script.remove("/app0"))
        try live.tick { _ in Self.bursts(10) }
        live.ingest(live.script.make("/app0"))
        live.ingest(live.script.make("/stranger"))
        for tick in 11..<14 { try live.tick { _ in Self.bursts(tick) } }
        let known = try Self.last(live, "/app0")
        let unknown = try Self.last(live, "/stranger")
        #expect(known > 2 * unknown, "known \(known), unknown \(unknown)")
    }

    @Test func namesThatNeverComeBackAreForgotten() throws {
        var kept = KeptSeries()
        for index in 0..<(3 * KeptSeries.limit) {
            kept.keep(SeriesSet(generation: 1, cgroupID: UInt64(index)), path: "/pod\(index)", group: nil)
            // One comes and goes all the time.
            kept.keep(SeriesSet(generation: 1, cgroupID: 0), path: "/always", group: nil)
            #expect(kept.take(path: "/always", cgroupID: 0, generation: 2) != nil)
        }
        let newest = 3 * KeptSeries.limit - 1
        #expect(kept.take(path: "/pod0", cgroupID: 0, generation: 2) == nil)
        #expect(kept.take(path: "/pod\(newest)", cgroupID: 0, generation: 2)?.generation == 2)
    }

    /// An OOM kill says that demand was above the limit, though no sample shows it.
    @Test func anOutOfMemoryKillRaisesWhatIsForecast() throws {
        var quantiles: [Double] = []
        for isKilled in [false, true] {
            let live = try LiveRun(KernelScript(cgroups: 1), .small(), sink: CapturingSink())
            let id = try #require(live.script.tree.first { $0.path == "/app0" }).id
            for tick in 0..<400 {
                var detail = hr_detail()
                detail.kind = HR_KIND_DETAIL.rawValue
                detail.parts = HR_PART_LIMITS.rawValue
                detail.cgroup_id = id
                detail.memory_limit_bytes = 200_000_000
                live.ingest(unsafe withUnsafeBytes(of: detail) { unsafe Array($0) })
                if isKilled, tick > 100, tick % 100 == 0 {
                    var event = hr_event()
                    event.kind = HR_KIND_EVENT.rawValue
                    event.what = HR_EVENT_OOM_KILL.rawValue
                    event.cgroup_id = id
                    event.time_ns = live.script.time
                    live.ingest(unsafe withUnsafeBytes(of: event) { unsafe Array($0) })
                }
                try live.tick { _ in .init(cores: 0.1, memoryBytes: 100e6) }
            }
            quantiles.append(try Self.last(live, "/app0", .memory))
        }
        #expect(quantiles[0] < 120e6, "\(quantiles)")
        #expect(quantiles[1] > 150e6, "\(quantiles)")
    }

    @Test func whatWasNeverMeasuredIsNotShed() throws {
        var engine = Engine(
            configuration: .small(), table: SharedTable(slots: 32), sink: CapturingSink())
        var input = TickInput()
        for flags in [HR_WINDOW_NO_NETWORK.rawValue, HR_WINDOW_NO_NETWORK.rawValue] {
            input.unobserved = flags
            _ = engine.tick(input)
        }
        #expect(engine.sink.events.isEmpty)
        input.unobserved = HR_WINDOW_NO_NETWORK.rawValue | HR_WINDOW_NO_DISK.rawValue
        _ = engine.tick(input)
        guard case .probesShed(let names, _) = try #require(engine.sink.events.last) else {
            Issue.record("not told")
            return
        }
        #expect(names == ["disk"])
    }
}
