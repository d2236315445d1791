import Aggregates
import HeadroomABI
import TestSupport
import Testing

/// Windows are differences of cumulative counters between two samples.
@Suite struct CounterDifferenceTests {
    /// A counter of the sample and the field of the window that holds its difference.
    struct Pair: CustomTestStringConvertible, Sendable {
        let name: String
        let counter: SyntheticKernel.Counter
        let field: WindowField
        var testDescription: String { name }

        init(
            _ name: String,
            _ counter: SyntheticKernel.Counter,
            _ field: WindowField
        ) {
            self.name = name
            self.counter = counter
            self.field = field
        }
    }

    static let pairs = [
        Pair("cpu", \.cpu_usage_ns, \.cpu_ns),
        Pair("delay", \.delay_ns, \.delay_ns),
        Pair("waits", \.delay_count, \.delay_count),
        Pair("rx bytes", \.net_rx_bytes, \.net_rx_bytes),
        Pair("rx packets", \.net_rx_packets, \.net_rx_packets),
        Pair("tx bytes", \.net_tx_bytes, \.net_tx_bytes),
        Pair("tx packets", \.net_tx_packets, \.net_tx_packets),
        Pair("read bytes", \.disk_read_bytes, \.disk_read_bytes),
        Pair("read operations", \.disk_read_ops, \.disk_read_ops),
        Pair("read latency", \.disk_read_latency_ns, \.disk_read_latency_ns),
        Pair("write bytes", \.disk_write_bytes, \.disk_write_bytes),
        Pair("write operations", \.disk_write_ops, \.disk_write_ops),
        Pair("write latency", \.disk_write_latency_ns, \.disk_write_latency_ns),
    ]

    @Test(arguments: pairs)
    func windowHoldsWhatTheCounterGainedAndNothingElse(pair: Pair) throws {
        let counter = pair.counter
        let field = pair.field
        let fixture = AggregatesFixture(found: ["/a"])
        fixture.kernel.use("/a", counter, 1_000_000)
        fixture.tick()
        fixture.kernel.use("/a", counter, 321)
        fixture.tick()
        let window = try #require(fixture.log["/a"])
        #expect(window[keyPath: field] == 321)
        for other in Self.pairs where other.name != pair.name {
            #expect(window[keyPath: other.field] == 0, "\(other.name)")
        }
        fixture.tick()
        #expect(fixture.log["/a"]?[keyPath: field] == 0)
    }

    @Test(arguments: pairs)
    func counterThatGoesBackCountsAsLossAndItsWindowAsZero(pair: Pair) throws {
        let counter = pair.counter
        let field = pair.field
        let fixture = AggregatesFixture(found: ["/a"])
        fixture.kernel.set("/a", counter, to: 5_000)
        fixture.tick()
        fixture.kernel.set("/a", counter, to: 4_000)
        fixture.tick()
        #expect(fixture.log["/a"]?[keyPath: field] == 0)
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 1)
        fixture.kernel.set("/a", counter, to: 4_500)
        fixture.tick()
        #expect(fixture.log["/a"]?[keyPath: field] == 500, "differences go on from the lower count")
    }

    @Test func counterThatWrapsInTheSumOverTheTreeStillGivesTheDifference() {
        let fixture = AggregatesFixture(found: ["/a", "/b"])
        fixture.kernel.set("/a", \.net_rx_bytes, to: .max - 10)
        fixture.kernel.set("/b", \.net_rx_bytes, to: 5)
        fixture.tick()
        fixture.kernel.use("/a", \.net_rx_bytes, 3)
        fixture.tick()
        #expect(fixture.log["/"]?.net_rx_bytes == 3)
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 0)
    }

    @Test func firstSampleOfAFoundCgroupOnlySetsTheBase() {
        let fixture = AggregatesFixture(found: ["/a"])
        fixture.kernel.use("/a", \.net_rx_bytes, 9_000)
        fixture.tick()
        #expect(fixture.log.entries.isEmpty)
        #expect(fixture.log.births.isEmpty)
        fixture.kernel.use("/a", \.net_rx_bytes, 7)
        fixture.tick()
        #expect(fixture.log["/a"]?.net_rx_bytes == 7)
        #expect(fixture.log["/"]?.net_rx_bytes == 7)
        #expect(fixture.allLosses.isEmpty)
    }

    @Test func bornCgroupStartsFromZeroAtItsBirth() throws {
        let fixture = AggregatesFixture()
        fixture.tick()
        fixture.kernel.pass(seconds: 0.25)
        let birth = fixture.kernel.time
        fixture.make("/a")
        fixture.kernel.use("/a", \.cpu_usage_ns, 300_000_000)
        fixture.kernel.use("/a", \.disk_write_bytes, 4_096)
        fixture.tick(seconds: 0.75)
        let window = try #require(fixture.log["/a"])
        #expect(window.cpu_ns == 300_000_000)
        #expect(window.disk_write_bytes == 4_096)
        #expect(window.start_ns == AggregatesFixture.unix(birth))
        #expect(window.elapsedNanoseconds == 750_000_000)
        #expect(window.coverage == 0.75)
        #expect(window.value(.cpu) == 0.4)
        #expect(
            fixture.log.births == [
                .init(
                    id: fixture.kernel.id("/a"),
                    path: "/a",
                    time: AggregatesFixture.unix(birth)
                )
            ]
        )
        fixture.tick()
        #expect(fixture.log.births.isEmpty, "a birth is told once")
    }

    @Test func cgroupThatIsFoundAndAnnouncedIsBornOnceAndFromZero() {
        let fixture = AggregatesFixture()
        fixture.tick()
        let record = fixture.kernel.make("/a")
        fixture.aggregates.found(id: fixture.kernel.id("/a"), path: "/a")
        fixture.ingest(record)
        fixture.ingest(record)
        fixture.kernel.use("/a", \.net_tx_bytes, 12)
        fixture.tick()
        #expect(fixture.log["/a"]?.net_tx_bytes == 12)
        #expect(fixture.log.births.count == 1)
        #expect(fixture.aggregates.count == 2)
    }

    @Test func announcementOfACgroupThatWasSampledDoesNotResetIt() {
        let fixture = AggregatesFixture(found: ["/a"])
        fixture.kernel.use("/a", \.net_tx_bytes, 50)
        fixture.tick()
        fixture.ingest(
            RingRecord.created(
                id: fixture.kernel.id("/a"),
                path: "/a",
                time: fixture.kernel.time
            )
        )
        fixture.kernel.use("/a", \.net_tx_bytes, 8)
        fixture.tick()
        #expect(fixture.log["/a"]?.net_tx_bytes == 8)
        #expect(fixture.log.births.isEmpty)
    }

    @Test func lostSampleLengthensTheNextWindowKeepsTotalsAndLowersCoverage() throws {
        let fixture = AggregatesFixture(found: ["/a", "/b"])
        fixture.tick()
        fixture.kernel.use("/a", \.net_rx_bytes, 100)
        fixture.kernel.use("/a", \.cpu_usage_ns, 500_000_000)
        fixture.tick(losing: ["/a"])
        #expect(fixture.log["/a"] == nil)
        #expect(fixture.log["/b"]?.coverage == 1)
        fixture.kernel.use("/a", \.net_rx_bytes, 100)
        fixture.kernel.use("/a", \.cpu_usage_ns, 500_000_000)
        fixture.tick()
        let window = try #require(fixture.log["/a"])
        #expect(window.net_rx_bytes == 200)
        #expect(window.elapsedNanoseconds == 2_000_000_000)
        #expect(window.coverage == 0.5)
        #expect(window.value(.cpu) == 0.5, "the mean over the longer window")
        #expect(fixture.losses(HR_LOSS_SAMPLE_MISSING) == 1)
    }

    @Test(arguments: [(0.5, 0.5), (1.0, 1.0), (2.0, 0.5), (4.0, 0.25)])
    func coverageIsTheShareOfTheIntendedWindow(seconds: Double, coverage: Double) {
        let fixture = AggregatesFixture(found: ["/a"])
        fixture.tick()
        fixture.tick(seconds: seconds)
        #expect(fixture.log["/a"]?.coverage == coverage)
    }

    @Test func tickWithoutAWalkClosesNothingAndCountsNothing() {
        let fixture = AggregatesFixture(found: ["/a"])
        fixture.tick()
        fixture.tick()
        fixture.close()
        #expect(fixture.log.entries.isEmpty)
        #expect(fixture.allLosses.isEmpty)
    }

    @Test func windowsComeParentsBeforeChildrenWhateverTheOrderOfBirthsAndWalks() {
        let fixture = AggregatesFixture(found: ["/z", "/z/y", "/z/y/x"])
        fixture.tick()
        fixture.make("/a")
        fixture.make("/a/b")
        fixture.tick(order: fixture.kernel.paths.reversed())
        let paths = fixture.log.entries.map(\.subject.path)
        #expect(paths.count == 6)
        for (position, path) in paths.enumerated() {
            guard let parent = path.parent else { continue }
            #expect(paths.firstIndex(of: parent)! < position, "\(path) in \(paths)")
        }
    }

    /// The walk's usual order is a shortcut, never a condition.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func walkThatChangesItsOrderGivesTheSameWindows(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let paths = (0..<12).map { "/g\($0 % 4)/c\($0)" } + (0..<4).map { "/g\($0)" }
        let straight = AggregatesFixture(found: paths)
        let shuffled = AggregatesFixture(found: paths)
        for _ in 0..<8 {
            for path in paths {
                let amount = UInt64.random(in: 0...1_000, using: &generator)
                straight.kernel.use(path, \.net_rx_bytes, amount)
                shuffled.kernel.use(path, \.net_rx_bytes, amount)
            }
            straight.tick()
            shuffled.tick(order: shuffled.kernel.paths.shuffled(using: &generator))
            #expect(straight.log.entries.count == shuffled.log.entries.count)
            for entry in straight.log.entries {
                let other = shuffled.log[entry.subject.path]
                #expect(other?.net_rx_bytes == entry.window.net_rx_bytes)
            }
        }
        #expect(shuffled.allLosses.isEmpty)
    }
}
