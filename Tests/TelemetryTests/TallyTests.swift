import Aggregates
import HeadroomABI
import TestSupport
import Testing

@testable import Telemetry

@Suite struct TallyTests {
    private func leaves(_ count: Int, _ use: (Int) -> TableFixture.Use)
        -> [(slot: Int, path: String, use: TableFixture.Use)]
    {
        (1...count).map { ($0, "/leaf\($0)", use($0)) }
    }

    @Test func seriesAreBoundedAndLeavesAddUpToTheNode() throws {
        let fixture = TableFixture(limit: 10)
        func tick(_ tick: Int) {
            fixture.tick(
                leaves(50) { .busy(UInt64($0 * 1_000_003 + tick), memory: UInt64($0) << 20) }
            )
        }
        for number in 1...60 { tick(number) }
        let before = try fixture.page()
        for number in 61...70 { tick(number) }
        let page = try fixture.page()
        #expect(page.value("headroom_cgroups_shown") == 10)
        // The largest ten, once they have had time to be known.
        let shown = Set(page.all("headroom_cgroup_memory_bytes").compactMap { $0.labels["cgroup"] })
        #expect(shown == Set((41...50).map { "/leaf\($0)" } + ["(other)"]))

        let memory = page.all("headroom_cgroup_memory_bytes").reduce(0) { $0 + $1.value }
        #expect(memory == page.value("headroom_node_memory_bytes"))
        for name in ["cpu_seconds_total", "network_bytes_total"] {
            let labels = name.hasPrefix("network") ? ["direction": "receive"] : [:]
            func sum(_ page: Exposition, _ scope: String) -> Double {
                page.all("headroom_\(scope)_\(name)").filter { sample in
                    labels.allSatisfy { sample.labels[$0.key] == $0.value }
                }.reduce(0) { $0 + $1.value }
            }
            let increase = sum(page, "cgroup") - sum(before, "cgroup")
            let node = sum(page, "node") - sum(before, "node")
            #expect(node > 0 && (increase - node).magnitude <= 1e-9 * node, "\(name)")
        }
    }

    /// Every nanosecond is in one series, and no series goes back, while cgroups come, go, pause
    /// and displace one another.
    @Test func whateverComesAndGoesIncreasesAddUp() throws {
        var random = SeededGenerator(seed: 20_251)
        let fixture = TableFixture(limit: 5)
        var last: [String: Double] = [:]
        var lastNode = 0.0
        var ended = 0
        for _ in 0..<300 {
            var present = leaves(20) { leaf in
                .busy(UInt64.random(in: 0...900_000_000, using: &random) / UInt64(leaf))
            }
            present.removeAll { _ in Int.random(in: 0..<8, using: &random) == 0 }
            for index in present.indices where Int.random(in: 0..<40, using: &random) == 0 {
                present[index].use.isFinal = true
                ended += 1
            }
            fixture.tick(present)
            for cgroup in present where cgroup.use.isFinal { fixture.replace(cgroup.slot) }
            let page = try fixture.page()
            var now: [String: Double] = [:]
            for sample in page.all("headroom_cgroup_cpu_seconds_total") {
                now[sample.labels["cgroup"] ?? ""] = sample.value
            }
            let increase = now.reduce(0) { sum, series in
                let before = last[series.key] ?? 0
                #expect(series.value >= before, "\(series.key) went back")
                return sum + series.value - before
            }
            let node = try #require(page.value("headroom_node_cpu_seconds_total"))
            #expect((increase - (node - lastNode)).magnitude < 1e-6)
            #expect(now.count <= 6)
            last = now
            lastNode = node
        }
        #expect(ended > 50)
    }

    /// As a configuration that is read again changes it; sums hold over it.
    @Test func theLimitCanChange() throws {
        let fixture = TableFixture(limit: 10)
        func series() throws -> (shown: Set<String>, cpu: Double, node: Double) {
            let page = try fixture.page()
            let all = page.all("headroom_cgroup_cpu_seconds_total")
            let shown = Set(all.compactMap { $0.labels["cgroup"] }).subtracting(["(other)"])
            return (shown, all.reduce(0) { $0 + $1.value }, try #require(page.value("headroom_node_cpu_seconds_total")))
        }
        // Each half as busy again as the one before, so that who is shown is beyond doubt.
        func tick() { fixture.tick(leaves(20) { .busy((0..<$0).reduce(100_000) { busy, _ in busy + busy / 2 }) }) }
        for _ in 0..<60 { tick() }
        #expect(try series().shown == Set((11...20).map { "/leaf\($0)" }))
        fixture.tally.bound(to: 3)
        tick()
        let few = try series()
        #expect(few.shown == Set((18...20).map { "/leaf\($0)" }), "those that use most stay")
        fixture.tally.bound(to: 15)
        tick()
        let many = try series()
        #expect(many.shown == Set((6...20).map { "/leaf\($0)" }))
        tick()
        let after = try series()
        #expect((after.cpu - many.cpu - (after.node - many.node)).magnitude < 1e-6, "what increases adds up")
    }

    @Test func aLeafSampledALittleLaterThanTheRootTakesNothingBack() {
        var tally = Tally(limit: 1, cores: 1, memoryBytes: 1e9)
        func window(_ cpu: UInt64, _ time: UInt64, isRoot: Bool) {
            var window = Window()
            window.start_ns = time - 1
            window.end_ns = time
            window.cpu_ns = cpu
            tally.window(
                WindowSubject(
                    index: isRoot ? 0 : 1,
                    generation: 1,
                    cgroupID: 1,
                    path: isRoot ? "/" : "/a",
                    identity: nil,
                    isRoot: isRoot,
                    isLeaf: !isRoot
                ),
                window,
                nil
            )
        }
        var others: [UInt64] = []
        // The second time the leaf is ahead by 5, the third it is even again.
        for (root, leaf) in [(100, 90), (100, 115), (100, 85), (100, 80)] as [(UInt64, UInt64)] {
            window(root, 2, isRoot: true)
            window(leaf, 2, isRoot: false)
            tally.endTick(2)
            others.append(tally.other.counts[.cpu])
        }
        #expect(others == [10, 10, 10, 30])
    }

    @Test func newcomersWaitUntilTheyUseMoreByAQuarter() throws {
        let fixture = TableFixture(limit: 1)
        func shown() throws -> String? {
            try fixture.page().all("headroom_cgroup_cpu_seconds_total")
                .first { $0.labels["cgroup"] != "(other)" }?.labels["cgroup"]
        }
        for _ in 0..<200 {
            fixture.tick([(1, "/a", .busy(500_000_000)), (2, "/b", .busy(560_000_000))])
        }
        #expect(try shown() == "/a")
        for _ in 0..<200 {
            fixture.tick([(1, "/a", .busy(500_000_000)), (2, "/b", .busy(900_000_000))])
        }
        #expect(try shown() == "/b")
    }

    @Test func whatCouldNotBeChargedIsInTheRest() throws {
        let fixture = TableFixture()
        fixture.tick([(1, Aggregates.otherPath, .busy(70)), (2, "/a", .busy(30))])
        let page = try fixture.page()
        #expect(page.value("headroom_cgroup_cpu_seconds_total", ["cgroup": "(other)"]) == 70e-9)
        #expect(page.all("headroom_cgroup_cpu_seconds_total").count == 2)
    }

    @Test func twoCgroupsOfOneNameAreOneSeries() throws {
        let fixture = TableFixture()
        for _ in 0..<3 { fixture.tick([(1, "/same", .busy(70)), (2, "/same", .busy(30))]) }
        let page = try fixture.page()
        #expect(page.value("headroom_cgroup_cpu_seconds_total", ["cgroup": "/same"]) == 210e-9)
        #expect(page.value("headroom_cgroup_cpu_seconds_total", ["cgroup": "(other)"]) == 90e-9)
    }

    @Test func groupsHaveTheirOwnSeriesAndDoNotCountTwice() throws {
        let fixture = TableFixture()
        var slice = TableFixture.Use.busy(100)
        slice.isLeaf = false
        fixture.tick([(1, "/s", slice), (2, "/s/a", .busy(60)), (3, "/s/b", .busy(40))])
        let page = try fixture.page()
        #expect(
            page.value("headroom_cgroup_cpu_seconds_total", ["cgroup": "/s", "leaf": "false"])
                == 100e-9
        )
        #expect((page.sumOfLeaves("headroom_cgroup_cpu_seconds_total") - 100e-9).magnitude < 1e-12)
    }

    @Test func noCgroupMayHaveSeries() throws {
        let fixture = TableFixture(limit: 0)
        fixture.tick([(1, "/a", .busy(60))])
        let page = try fixture.page()
        #expect(page.all("headroom_cgroup_cpu_seconds_total").map(\.value) == [60e-9])
    }

    /// What the root does not have: a limit of one's own, and what memory.events tells.
    @Test func ownLimitsOfTheRestAreAddedUp() throws {
        let fixture = TableFixture(limit: 1)
        var use = TableFixture.Use.busy(10)
        var detail = WindowDetail()
        detail.parts = HR_PART_THROTTLE.rawValue | HR_PART_LIMITS.rawValue
        detail.throttled_ns = 2_000_000_000
        detail.memory_events = (0, 0, 0, 1)
        use.detail = detail
        fixture.tick([(1, "/a", .busy(10)), (2, "/b", use), (3, "/c", use)])
        let page = try fixture.page()
        #expect(
            page.value("headroom_cgroup_cpu_throttled_seconds_total", ["cgroup": "(other)"]) == 4
        )
        #expect(
            page.value(
                "headroom_cgroup_memory_events_total",
                ["cgroup": "(other)", "event": "oom_kill"]
            ) == 2
        )
        #expect(page.value("headroom_node_cpu_throttled_seconds_total") == nil)
    }

    @Test func peaksAreHeldLongEnoughForAScrape() {
        var hold = PeakHold()
        let second: UInt64 = 1_000_000_000
        for tick in 100..<200 as Range<UInt64> {
            hold.see(tick == 110 ? 3 : 1, at: tick * second)
            if (110..<140).contains(tick) { #expect(hold.highest == 3) }
            if tick >= 180 { #expect(hold.highest == 1) }
        }
    }
}
