import Aggregates
import HeadroomABI
import Testing

/// A cgroup that goes leaves its last interval and, for ever, its share of its parents' totals.
@Suite struct RemovalTests {
    @Test func lastIntervalOfARemovedCgroupIsCounted() throws {
        let fixture = AggregatesFixture(found: ["/a", "/a/b"])
        fixture.tick()
        fixture.kernel.use("/a/b", \.net_rx_bytes, 60)
        fixture.kernel.use("/a/b", \.cpu_usage_ns, 1_000)
        fixture.kernel.pass(seconds: 0.5)
        fixture.remove("/a/b")
        fixture.tick(seconds: 0.5)
        let last = try #require(fixture.log.finals.first)
        #expect(fixture.log.finals.count == 1)
        #expect(last.subject.path == "/a/b")
        #expect(last.window.is_final == 1)
        #expect(last.window.net_rx_bytes == 60)
        #expect(last.window.cpu_ns == 1_000)
        #expect(last.window.elapsedNanoseconds == 500_000_000)
        for path in ["/a", "/"] {
            #expect(fixture.log[path]?.net_rx_bytes == 60, "\(path)")
            #expect(fixture.log[path]?.cpu_ns == 1_000, "\(path)")
            #expect(fixture.log[path]?.is_final == 0, "\(path)")
        }
        #expect(fixture.aggregates.count == 2)
        #expect(try fixture.slots().keys.sorted() == ["/", "/a"])
        #expect(fixture.allLosses.isEmpty)
    }

    @Test func parentsTotalsStayAfterTheChildIsGone() {
        let fixture = AggregatesFixture(found: ["/a", "/a/b"])
        fixture.kernel.use("/a/b", \.disk_read_bytes, 1_000_000)
        fixture.tick()
        fixture.remove("/a/b")
        for step in 1...5 {
            fixture.kernel.use("/a", \.disk_read_bytes, UInt64(step))
            fixture.tick()
            #expect(fixture.log["/a"]?.disk_read_bytes == UInt64(step))
            #expect(fixture.log["/"]?.disk_read_bytes == UInt64(step))
        }
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 0)
    }

    @Test func cgroupThatLivesBetweenTwoWalksIsCounted() throws {
        let fixture = AggregatesFixture()
        fixture.tick()
        for index in 0..<200 {
            fixture.make("/job\(index)")
            fixture.kernel.use("/job\(index)", \.net_tx_bytes, 3)
            fixture.kernel.use("/job\(index)", \.cpu_usage_ns, 7)
            fixture.kernel.pass(seconds: 0.001)
            fixture.remove("/job\(index)")
            if index % 32 == 31 { fixture.tick() }
        }
        fixture.tick()
        #expect(fixture.aggregates.count == 1)
        #expect(fixture.aggregates.slotsUsed <= 33, "slots are used again")
        #expect(fixture.allLosses.isEmpty)
    }

    @Test func whatShortLivedCgroupsUsedIsInTheRootsWindow() {
        let fixture = AggregatesFixture()
        fixture.tick()
        for index in 0..<20 {
            fixture.make("/job\(index)")
            fixture.kernel.use("/job\(index)", \.net_tx_bytes, 3)
            fixture.remove("/job\(index)")
        }
        fixture.tick()
        #expect(fixture.log["/"]?.net_tx_bytes == 60)
        #expect(fixture.log.births.count == 20)
        #expect(fixture.log.finals.count == 20)
        #expect(fixture.log.finals.allSatisfy { $0.window.net_tx_bytes == 3 })
    }

    @Test func wholeSubtreeThatGoesAtOnceLeavesItsCounts() {
        let fixture = AggregatesFixture(found: ["/a", "/a/b", "/a/b/c"])
        fixture.tick()
        fixture.kernel.use("/a/b/c", \.delay_ns, 100)
        fixture.kernel.use("/a/b", \.delay_ns, 10)
        fixture.kernel.use("/a", \.delay_ns, 1)
        fixture.remove("/a/b/c")
        fixture.remove("/a/b")
        fixture.remove("/a")
        fixture.tick()
        #expect(fixture.log["/"]?.delay_ns == 111)
        #expect(fixture.log["/a"]?.delay_ns == 111)
        #expect(fixture.log["/a/b"]?.delay_ns == 110)
        fixture.kernel.use("/", \.delay_ns, 2)
        fixture.tick()
        #expect(fixture.log["/"]?.delay_ns == 2)
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 0)
    }

    /// A cgroup can only go when its tasks have left; wherever they went counts them.
    @Test func memoryOfARemovedCgroupIsNobodysAnyMore() {
        let fixture = AggregatesFixture(found: ["/a", "/b"])
        fixture.kernel.set("/a", \.memory_bytes, to: 1 << 30)
        fixture.tick()
        fixture.tick()
        #expect(fixture.log["/"]?.memory_bytes == 1 << 30)
        fixture.remove("/a")
        fixture.kernel.set("/b", \.memory_bytes, to: 1 << 30)
        fixture.tick()
        #expect(fixture.log["/"]?.memory_bytes == 1 << 30, "moved, not doubled")
        #expect(fixture.log.finals.first?.window.memory_bytes == 1 << 30, "its last known figure")
    }

    @Test func missedRemovalIsNoticedByTheNextWholeWalksAndCounted() throws {
        let fixture = AggregatesFixture(found: ["/a", "/a/b"])
        fixture.tick()
        fixture.kernel.use("/a/b", \.net_rx_bytes, 5)
        fixture.tick()
        // It used 40 more, and the record that says so got lost.
        fixture.kernel.use("/a/b", \.net_rx_bytes, 40)
        _ = fixture.kernel.remove("/a/b")
        fixture.tick()
        fixture.tick()
        #expect(fixture.losses(HR_LOSS_REMOVAL_MISSED) == 1)
        let last = try #require(fixture.log.finals.first)
        #expect(last.subject.path == "/a/b")
        #expect(last.window.net_rx_bytes == 0, "what nobody saw is not made up")
        #expect(fixture.aggregates.count == 2)
        fixture.kernel.use("/a", \.net_rx_bytes, 1)
        fixture.tick()
        #expect(fixture.log["/a"]?.net_rx_bytes == 1)
        #expect(fixture.losses(HR_LOSS_REMOVAL_MISSED) == 1)
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 0)
    }

    @Test func newbornWhoseRemovalIsMissedIsNoticedToo() {
        let fixture = AggregatesFixture()
        fixture.tick()
        fixture.make("/a")
        _ = fixture.kernel.remove("/a")
        fixture.tick()
        fixture.tick()
        #expect(fixture.losses(HR_LOSS_REMOVAL_MISSED) == 1)
        #expect(fixture.aggregates.count == 1)
    }

    @Test func oneWalkWithoutASampleProvesNoRemoval() {
        let fixture = AggregatesFixture(found: ["/a"])
        fixture.tick()
        for _ in 0..<5 {
            fixture.tick(losing: ["/a"])
            fixture.tick()
        }
        #expect(fixture.losses(HR_LOSS_REMOVAL_MISSED) == 0)
        #expect(fixture.aggregates.count == 2)
        fixture.kernel.use("/a", \.net_rx_bytes, 9)
        fixture.tick()
        #expect(fixture.log["/a"]?.net_rx_bytes == 9)
    }

    /// The kernel adds a child's CPU time to those above it when it flushes, which may be after all of them have gone.
    @Test(arguments: [false, true])
    func parentsThatGoWithTheirChildrenTellTheirChildrensCPUTime(areNew: Bool) throws {
        let fixture = AggregatesFixture(found: areNew ? [] : ["/p", "/p/q", "/p/q/c", "/p/q/d"])
        fixture.tick()
        if areNew { for path in ["/p", "/p/q", "/p/q/c", "/p/q/d"] { fixture.make(path) } }
        // What was used long ago is in all of them.
        if !areNew {
            fixture.kernel.use("/p/q/c", \.cpu_usage_ns, 1000)
            fixture.tick()
        }
        func cpu(_ path: String) -> UInt64 { fixture.kernel.count(path, \.cpu_usage_ns) }
        let (p, q) = (cpu("/p"), cpu("/p/q"))
        fixture.kernel.use("/p/q/c", \.cpu_usage_ns, 300)
        fixture.remove("/p/q/c")
        fixture.kernel.use("/p/q/d", \.cpu_usage_ns, 20)
        fixture.remove("/p/q/d")
        // Some of it has arrived, of what is above nothing.
        fixture.kernel.set("/p/q", \.cpu_usage_ns, to: q + 50)
        fixture.remove("/p/q")
        fixture.kernel.set("/p", \.cpu_usage_ns, to: p)
        fixture.remove("/p")
        fixture.tick()
        #expect(fixture.log["/p/q/c"]?.cpu_ns == 300)
        #expect(fixture.log["/p/q"]?.cpu_ns == 320)
        #expect(fixture.log["/p"]?.cpu_ns == 320)
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 0)
    }

    @Test func parentThatStaysHasTheCPUTimeThatTheKernelGivesIt() throws {
        let fixture = AggregatesFixture(found: ["/p", "/p/c"])
        fixture.tick()
        fixture.kernel.use("/p/c", \.cpu_usage_ns, 300)
        fixture.remove("/p/c")
        fixture.tick()
        #expect(fixture.log["/p"]?.cpu_ns == 300)
        // Nothing of the child's is counted once more when the parent goes.
        fixture.kernel.use("/p", \.cpu_usage_ns, 7)
        fixture.remove("/p")
        fixture.tick()
        #expect(fixture.log["/p"]?.cpu_ns == 7)
    }

    @Test func subtreeWhoseRemovalsWereAllMissedIsNoticedWhole() {
        let fixture = AggregatesFixture(found: ["/a", "/a/b", "/a/b/c"])
        fixture.kernel.use("/a/b/c", \.net_rx_bytes, 5)
        fixture.tick()
        fixture.tick()
        _ = fixture.kernel.remove("/a/b/c")
        _ = fixture.kernel.remove("/a/b")
        _ = fixture.kernel.remove("/a")
        for _ in 0..<4 { fixture.tick() }
        #expect(fixture.losses(HR_LOSS_REMOVAL_MISSED) == 3)
        #expect(fixture.aggregates.count == 1)
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 0)
    }

    /// A cgroup can only go when nothing is left in it, so its child went before.
    @Test func childWhoseRemovalIsMissedGoesWithItsParent() {
        let fixture = AggregatesFixture(found: ["/a", "/a/b", "/a/b/c"])
        fixture.tick()
        fixture.kernel.use("/a/b/c", \.net_rx_bytes, 5)
        fixture.tick()
        _ = fixture.kernel.remove("/a/b/c")
        _ = fixture.kernel.remove("/a/b")
        fixture.remove("/a")
        fixture.tick()
        #expect(fixture.aggregates.count == 1)
        #expect(fixture.losses(HR_LOSS_REMOVAL_MISSED) == 2)
        #expect(fixture.log.finals.map(\.subject.path) == ["/a", "/a/b", "/a/b/c"])
        fixture.kernel.use("/", \.net_rx_bytes, 1)
        fixture.tick()
        #expect(fixture.log["/"]?.net_rx_bytes == 1)
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 0)
    }

    /// Both its birth and every sample were lost; its last record is all there is.
    @Test func removedCgroupThatNobodyKnewCountsForTheRoot() {
        let fixture = AggregatesFixture()
        fixture.tick()
        _ = fixture.kernel.make("/a")
        fixture.kernel.use("/a", \.net_rx_bytes, 123)
        fixture.remove("/a")
        fixture.tick()
        #expect(fixture.log["/"]?.net_rx_bytes == 123)
        #expect(fixture.losses(HR_LOSS_NAME_UNKNOWN) == 1)
        #expect(fixture.aggregates.count == 1)
    }

    @Test func removedCgroupWithoutANameCountsForTheRoot() {
        let fixture = AggregatesFixture()
        fixture.tick()
        _ = fixture.kernel.make("/a")
        fixture.kernel.use("/a", \.net_rx_bytes, 100)
        fixture.tick()
        #expect(fixture.log["/"]?.net_rx_bytes == 100, "at once, though nobody knows where it belongs")
        fixture.kernel.use("/a", \.net_rx_bytes, 23)
        fixture.remove("/a")
        fixture.tick()
        #expect(fixture.log["/"]?.net_rx_bytes == 23)
        fixture.tick()
        #expect(fixture.log["/"]?.net_rx_bytes == 0)
        #expect(fixture.log.finals.isEmpty, "without a name there is nothing to say about it")
        #expect(fixture.aggregates.count == 1)
    }
}
