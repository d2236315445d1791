import Aggregates
import HeadroomABI
import Testing

/// Delay, network, disk and RSS are added up along the tree; CPU and memcg are the kernel's own
/// subtree figures.
@Suite struct TreeRollUpTests {
    private static let added: [(String, SyntheticKernel.Counter, WindowField)] = [
        ("delay", \.delay_ns, \.delay_ns),
        ("waits", \.delay_count, \.delay_count),
        ("rx", \.net_rx_bytes, \.net_rx_bytes),
        ("tx packets", \.net_tx_packets, \.net_tx_packets),
        ("read", \.disk_read_bytes, \.disk_read_bytes),
        ("read latency", \.disk_read_latency_ns, \.disk_read_latency_ns),
        ("write", \.disk_write_bytes, \.disk_write_bytes),
    ]

    @Test func ownCountersAddUpToEveryAncestor() {
        for (name, counter, field) in Self.added {
            let fixture = AggregatesFixture(found: ["/a", "/a/b", "/a/b/c", "/a/d", "/e"])
            fixture.tick()
            fixture.kernel.use("/", counter, 1)
            fixture.kernel.use("/a", counter, 10)
            fixture.kernel.use("/a/b", counter, 100)
            fixture.kernel.use("/a/b/c", counter, 1_000)
            fixture.kernel.use("/a/d", counter, 10_000)
            fixture.kernel.use("/e", counter, 100_000)
            fixture.tick()
            let windows = fixture.log
            #expect(windows["/"]?[keyPath: field] == 111_111, "\(name)")
            #expect(windows["/a"]?[keyPath: field] == 11_110, "\(name)")
            #expect(windows["/a/b"]?[keyPath: field] == 1_100, "\(name)")
            #expect(windows["/a/b/c"]?[keyPath: field] == 1_000, "\(name)")
            #expect(windows["/a/d"]?[keyPath: field] == 10_000, "\(name)")
            #expect(windows["/e"]?[keyPath: field] == 100_000, "\(name)")
        }
    }

    /// A mark that combines with the `/` before it makes one character of both: whoever names a cgroup so hides nothing.
    @Test(arguments: [["/a", "/a/\u{358}b"], ["/a/\u{358}b", "/a"]])
    func aNameThatBeginsWithACombiningMarkLiesInItsParent(order: [String]) {
        let fixture = AggregatesFixture(found: [])
        for path in order { fixture.make(path) }
        fixture.tick()
        fixture.kernel.use("/a/\u{358}b", \.net_tx_bytes, 7)
        fixture.tick()
        #expect(fixture.log["/a/\u{358}b"]?.net_tx_bytes == 7)
        #expect(fixture.log["/a"]?.net_tx_bytes == 7)
        #expect(fixture.log["/"]?.net_tx_bytes == 7)
    }

    @Test func cpuIsTheKernelsSubtreeFigureAndTheHostsForTheRoot() {
        let fixture = AggregatesFixture(found: ["/a", "/a/b"])
        fixture.tick()
        fixture.kernel.use("/a/b", \.cpu_usage_ns, 300)
        fixture.kernel.use("/a", \.cpu_usage_ns, 40)
        // Runs in the root cgroup itself: only the host's figure knows.
        fixture.kernel.use("/", \.cpu_usage_ns, 5)
        fixture.tick()
        #expect(fixture.log["/a/b"]?.cpu_ns == 300)
        #expect(fixture.log["/a"]?.cpu_ns == 340)
        #expect(fixture.log["/"]?.cpu_ns == 345)
    }

    @Test func residentMemoryAddsUpAndIsAGauge() {
        let fixture = AggregatesFixture(found: ["/a", "/a/b", "/c"])
        fixture.tick()
        fixture.kernel.set("/a", \.memory_bytes, to: 1_000)
        fixture.kernel.set("/a/b", \.memory_bytes, to: 200)
        fixture.kernel.set("/c", \.memory_bytes, to: 30)
        fixture.tick()
        #expect(fixture.log["/a"]?.memory_bytes == 1_200)
        #expect(fixture.log["/"]?.memory_bytes == 1_230)
        #expect(fixture.log["/"]?.memorySource == .rss)
        fixture.kernel.set("/a/b", \.memory_bytes, to: 0)
        fixture.tick()
        #expect(
            fixture.log["/a"]?.memory_bytes == 1_000,
            "less memory is no counter that went back"
        )
        #expect(fixture.allLosses.isEmpty)
    }

    /// A memcg's usage covers its subtree already; the root keeps none, so its children add up.
    @Test func memcgIsNotAddedTwice() {
        let fixture = AggregatesFixture(found: ["/a", "/a/b", "/c"])
        for path in ["/a", "/a/b", "/c"] { fixture.kernel.setFlags(path, HR_SAMPLE_MEMORY_MEMCG) }
        fixture.kernel.set("/a", \.memory_bytes, to: 1_000)
        fixture.kernel.set("/a/b", \.memory_bytes, to: 900)
        fixture.kernel.set("/c", \.memory_bytes, to: 50)
        fixture.tick()
        fixture.tick()
        #expect(fixture.log["/a"]?.memory_bytes == 1_000)
        #expect(fixture.log["/a"]?.memorySource == .memcg)
        #expect(fixture.log["/a/b"]?.memory_bytes == 900)
        #expect(fixture.log["/"]?.memory_bytes == 1_050)
    }

    @Test func sampleThatIsLostLeavesItsLastKnownCountersWithItsParent() {
        let fixture = AggregatesFixture(found: ["/a", "/a/b"])
        fixture.tick()
        fixture.kernel.use("/a/b", \.net_rx_bytes, 70)
        fixture.kernel.use("/a", \.net_rx_bytes, 2)
        fixture.tick(losing: ["/a/b"])
        #expect(fixture.log["/a"]?.net_rx_bytes == 2)
        fixture.tick()
        #expect(fixture.log["/a"]?.net_rx_bytes == 70, "the next sample carries it")
        #expect(fixture.log["/"]?.net_rx_bytes == 70)
    }

    @Test func onlyCgroupsWithoutChildrenAreLeavesAndOnlyTheRootIsTheRoot() {
        let fixture = AggregatesFixture(found: ["/a", "/a/b", "/c"])
        fixture.tick()
        fixture.tick()
        let subjects = fixture.log.entries.map(\.subject)
        #expect(Set(subjects.filter(\.isLeaf).map(\.path)) == ["/a/b", "/c"])
        #expect(subjects.filter(\.isRoot).map(\.path) == ["/"])
        fixture.remove("/a/b")
        fixture.tick()
        fixture.tick()
        #expect(fixture.log.entries.first { $0.subject.path == "/a" }?.subject.isLeaf == true)
    }

    @Test func whatNobodyOwnsIsAChildOfTheRoot() throws {
        let fixture = AggregatesFixture(found: ["/a"])
        fixture.tick()
        fixture.tick()
        #expect(fixture.log[Aggregates.otherPath] == nil, "nothing unowned, no line about it")
        fixture.kernel.other.net_rx_bytes = 1_500
        fixture.tick()
        let window = try #require(fixture.log[Aggregates.otherPath])
        #expect(window.net_rx_bytes == 1_500)
        #expect(window.elapsedNanoseconds == 1_000_000_000, "all of it came since the last walk")
        #expect(window.value(.networkReceive) == 1_500)
        #expect(window.coverage == 1)
        #expect(fixture.log["/"]?.net_rx_bytes == 1_500)
        fixture.kernel.other.net_rx_bytes += 10
        fixture.tick()
        #expect(fixture.log[Aggregates.otherPath]?.net_rx_bytes == 10)
        #expect(fixture.log["/"]?.net_rx_bytes == 10)
        #expect(fixture.allLosses.isEmpty)
    }

    @Test func whatNobodyOwnedBeforeTheFirstWalkOnlySetsTheBase() {
        let fixture = AggregatesFixture()
        fixture.kernel.other.net_rx_bytes = 9_000
        fixture.tick()
        #expect(fixture.log.entries.isEmpty)
        fixture.kernel.other.net_rx_bytes += 40
        fixture.tick()
        #expect(fixture.log[Aggregates.otherPath]?.net_rx_bytes == 40)
    }
}
