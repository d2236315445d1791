import Aggregates
import HeadroomABI
import TestSupport
import Testing

/// Details and steps of CPU time: added up along the tree, told once, never lost for a name that
/// comes late.
@Suite struct DetailTests {
    private static func detail(
        _ fixture: AggregatesFixture, _ path: String, parts: [hr_detail_parts],
        _ fill: (inout hr_detail) -> Void
    ) -> [UInt8] {
        var detail = hr_detail()
        detail.kind = HR_KIND_DETAIL.rawValue
        detail.parts = parts.reduce(0) { $0 | $1.rawValue }
        detail.time_ns = fixture.kernel.time
        detail.cgroup_id = fixture.kernel.id(path)
        fill(&detail)
        return RingRecord.bytes(of: detail)
    }

    private static func burst(
        _ fixture: AggregatesFixture, _ path: String, step: UInt64, _ milliseconds: [Int]
    ) -> [UInt8] {
        var burst = hr_burst()
        burst.kind = HR_KIND_BURST.rawValue
        burst.cgroup_id = fixture.kernel.id(path)
        burst.step = step
        unsafe withUnsafeMutableBytes(of: &burst.cpu_ns) { raw in
            for (at, value) in milliseconds.enumerated() {
                unsafe raw.storeBytes(
                    of: UInt32(value * 1_000_000), toByteOffset: 4 * at, as: UInt32.self)
            }
        }
        return RingRecord.bytes(of: burst)
    }

    /// A walk with details after its samples, which covers steps `from..<to`, and its windows.
    private static func tick(
        _ fixture: AggregatesFixture, steps: Range<UInt64> = 0..<0, unobserved: UInt32 = 0,
        _ records: [[UInt8]] = []
    ) {
        fixture.kernel.pass(seconds: 1)
        var walk = fixture.kernel.walk()
        var end = walk.removeLast()
        unsafe end.withUnsafeMutableBytes { raw in
            unsafe raw.storeBytes(
                of: steps.lowerBound, toByteOffset: MemoryLayout<hr_walk_end>.offset(of: \.burst_from)!,
                as: UInt64.self)
            unsafe raw.storeBytes(
                of: steps.upperBound, toByteOffset: MemoryLayout<hr_walk_end>.offset(of: \.burst_to)!,
                as: UInt64.self)
        }
        for record in walk + records + [end] { fixture.ingest(record) }
        fixture.close(unobserved: unobserved)
    }

    @Test func countsAddUpAlongTheTreeAndWrap() throws {
        let fixture = AggregatesFixture(found: ["/a", "/a/b", "/a/c"])
        func give(_ connects: UInt32, _ path: String) -> [UInt8] {
            Self.detail(fixture, path, parts: [HR_PART_COUNTS]) {
                $0.tcp_connects = connects
                $0.delay_buckets.3 = connects
                $0.delay_max_ns = UInt64(connects & 0xff)
            }
        }
        Self.tick(fixture)
        Self.tick(fixture, [give(.max - 1, "/a/b")])
        Self.tick(fixture, [give(3, "/a/b"), give(7, "/a/c")])
        let parent = try #require(fixture.log.detail("/a"))
        #expect(parent.tcp_connects == 5 + 7)
        #expect(parent.delayBuckets[3] == 5 + 7)
        #expect(parent.delay_max_ns == 7)
        #expect(try #require(fixture.log.detail("/a/b")).tcp_connects == 5)
        #expect(try #require(fixture.log.detail("/")).tcp_connects == 5 + 7)
        // Nothing more: one window of zeros, then none.
        Self.tick(fixture)
        #expect(fixture.log.detail("/a")?.tcp_connects == 0)
        Self.tick(fixture)
        #expect(fixture.log.detail("/a") == nil)
        #expect(try fixture.slots()["/a"]?.detail.tcp_connects == 0)
    }

    /// As the last record of a cgroup was that had not been counted for: all zeros.
    @Test func countsThatWentBackAreCountedAsALossAndMakeNothingHuge() throws {
        let fixture = AggregatesFixture(found: ["/a", "/a/b"])
        func give(_ connects: UInt32, retransmits: UInt32) -> [UInt8] {
            Self.detail(fixture, "/a/b", parts: [HR_PART_COUNTS]) {
                $0.tcp_connects = connects
                $0.tcp_retransmits = retransmits
                $0.delay_buckets.3 = connects
            }
        }
        Self.tick(fixture)
        Self.tick(fixture, [give(1000, retransmits: 5)])
        #expect(fixture.log.detail("/a")?.tcp_connects == 1000)
        Self.tick(fixture, [give(0, retransmits: 7)])
        for path in ["/", "/a", "/a/b"] {
            let detail = try #require(fixture.log.detail(path))
            #expect(detail.tcp_connects == 0 && detail.delayBuckets[3] == 0, "\(path)")
            #expect(detail.tcp_retransmits == 2, "\(path)")
        }
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 2)
        // It counts on from where it is.
        Self.tick(fixture, [give(4, retransmits: 7)])
        #expect(fixture.log.detail("/a")?.tcp_connects == 4)
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 2)
    }

    @Test func totalsFromBeforeTheAgentAreNotCountedButThoseOfANewCgroupAre() throws {
        let fixture = AggregatesFixture(found: ["/old"])
        Self.tick(fixture)
        fixture.make("/new")
        func give(_ path: String, _ faults: UInt64) -> [UInt8] {
            Self.detail(fixture, path, parts: [HR_PART_MEMORY_STAT, HR_PART_LIMITS]) {
                $0.major_faults = faults
                $0.memory_events.3 = UInt32(faults)
                $0.memory_limit_bytes = .max
            }
        }
        Self.tick(fixture, [give("/old", 100), give("/new", 5)])
        #expect(fixture.log.detail("/old")?.major_faults == 0)
        #expect(fixture.log.detail("/new")?.major_faults == 5)
        #expect(fixture.log.detail("/new")?.memory_events.3 == 5)
        #expect(fixture.log.detail("/new")?.memoryLimit == nil)
        Self.tick(fixture, [give("/old", 103)])
        #expect(fixture.log.detail("/old")?.major_faults == 3)
    }

    @Test func cpuTimeIsSplitAsTheKernelSplitsIt() throws {
        let fixture = AggregatesFixture()
        fixture.make("/job")
        Self.tick(fixture)
        // Of 10 ms exactly known, the timer saw 3 ticks in user and 1 in system mode.
        fixture.kernel.use("/job", \.cpu_usage_ns, 10_000_000)
        Self.tick(
            fixture,
            [
                Self.detail(fixture, "/job", parts: [HR_PART_CPU]) {
                    $0.cpu_user_ns = 12_000_000
                    $0.cpu_system_ns = 4_000_000
                }
            ])
        var detail = try #require(fixture.log.detail("/job"))
        #expect(detail.cpu_user_ns == 7_500_000 && detail.cpu_system_ns == 2_500_000)
        // Now system mode only: user time does not go back.
        fixture.kernel.use("/job", \.cpu_usage_ns, 1_000_000)
        Self.tick(
            fixture,
            [
                Self.detail(fixture, "/job", parts: [HR_PART_CPU]) {
                    $0.cpu_user_ns = 12_000_000
                    $0.cpu_system_ns = 36_000_000
                }
            ])
        detail = try #require(fixture.log.detail("/job"))
        #expect(detail.cpu_user_ns == 0 && detail.cpu_system_ns == 1_000_000)
    }

    @Test func pressureIsAShareOfTheTimeBetweenTheKernelsSums() throws {
        let fixture = AggregatesFixture(found: ["/a"])
        func give(_ time: UInt64, _ total: UInt64) -> [UInt8] {
            Self.detail(fixture, "/a", parts: [HR_PART_PRESSURE]) {
                $0.pressure_time_ns = time
                $0.pressure_ns.0 = total
            }
        }
        Self.tick(fixture, [give(2_000_000_000, 500_000_000)])
        Self.tick(fixture, [give(4_000_000_000, 1_000_000_000)])
        #expect(fixture.log.detail("/a")?.pressure.0 == 0.25)
        // The kernel has not summed again: the share stands.
        Self.tick(fixture, [give(4_000_000_000, 1_000_000_000)])
        #expect(fixture.log.detail("/a")?.pressure.0 == 0.25)
    }

    @Test func memoryByTaskAddsUpAndGoesWithTheCgroup() throws {
        let fixture = AggregatesFixture(found: ["/a", "/a/b"])
        Self.tick(fixture)
        func give(_ path: String, _ anon: UInt64) -> [UInt8] {
            Self.detail(fixture, path, parts: [HR_PART_MEMORY]) { $0.memory_anon_bytes = anon }
        }
        Self.tick(fixture, [give("/a", 10), give("/a/b", 5)])
        #expect(fixture.log.detail("/a")?.memory_anon_bytes == 15)
        #expect(fixture.log.detail("/")?.memory_anon_bytes == 15)
        Self.tick(fixture, [give("/a/b", 2)])
        #expect(fixture.log.detail("/a")?.memory_anon_bytes == 12)
        fixture.remove("/a/b")
        Self.tick(fixture)
        Self.tick(fixture)
        #expect(fixture.log.detail("/a")?.memory_anon_bytes == 10)
    }

    @Test func peaksAreOfTheWholeSubtreeAtOnce() throws {
        let fixture = AggregatesFixture(found: ["/a", "/a/b", "/a/c"])
        Self.tick(fixture)
        let quiet = [Int](repeating: 0, count: 16)
        var early = quiet
        var late = quiet
        early[2] = 10
        late[3] = 10
        // One after the other: together no more than one core.
        Self.tick(
            fixture, steps: 100..<200,
            [
                Self.burst(fixture, "/a/b", step: 112, early),
                Self.burst(fixture, "/a/c", step: 112, late),
            ])
        var detail = try #require(fixture.log.detail("/a"))
        #expect(detail.knowsPeaks)
        #expect(detail.cpu_peak_10ms_cores == 1)
        #expect((detail.cpu_peak_100ms_cores - 0.2).magnitude < 1e-6)
        // At once: two.
        Self.tick(
            fixture, steps: 200..<300,
            [
                Self.burst(fixture, "/a/b", step: 208, early),
                Self.burst(fixture, "/a/c", step: 208, early),
            ])
        detail = try #require(fixture.log.detail("/a"))
        #expect(detail.cpu_peak_10ms_cores == 2)
        #expect(try #require(fixture.log.detail("/a/b")).cpu_peak_10ms_cores == 1)
        #expect(try #require(fixture.log.detail("/")).cpu_peak_10ms_cores == 2)
        // Then nothing.
        Self.tick(fixture, steps: 300..<400)
        #expect(fixture.log.detail("/a")?.cpu_peak_10ms_cores == 0)
    }

    @Test func probesThatAreOffGiveNoPeaks() {
        let fixture = AggregatesFixture(found: ["/a"])
        Self.tick(fixture)
        let told = Self.detail(fixture, "/a", parts: [HR_PART_COUNTS]) { $0.tcp_connects = 1 }
        Self.tick(fixture, steps: 0..<100, unobserved: HR_WINDOW_NO_DELAY.rawValue, [told])
        #expect(fixture.log.detail("/a")?.knowsPeaks == false)
        #expect(fixture.log.detail("/a")?.tcp_connects == 1)
    }

    /// Against a plain sum: random steps over a window that begins and ends anywhere.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func peaksAgreeWithAPlainSearch(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let fixture = AggregatesFixture(found: ["/a"])
        Self.tick(fixture)
        let from = UInt64.random(in: 1000...5000, using: &generator)
        let to = from + UInt64.random(in: 1...112, using: &generator)
        let truth = (from..<to).map { _ in Int.random(in: 0...30, using: &generator) }
        var records: [[UInt8]] = []
        var group = from / 16 * 16
        while group < to {
            let values = (group..<(group + 16)).map { step in
                from <= step && step < to ? truth[Int(step - from)] : 0
            }
            records.append(Self.burst(fixture, "/a", step: group, values))
            group += 16
        }
        Self.tick(fixture, steps: from..<to, records)
        let detail = try #require(fixture.log.detail("/a"))
        let highest = Double(truth.max()!) / 10
        let ten = truth.indices.map { end in
            Double(truth[max(0, end - 9)...end].reduce(0, +)) / 100
        }.max()!
        #expect((Double(detail.cpu_peak_10ms_cores) - highest).magnitude < 1e-5)
        #expect((Double(detail.cpu_peak_100ms_cores) - ten).magnitude < 1e-5)
    }

    @Test func whatCameBeforeTheNameIsNotLostForThoseAbove() throws {
        let fixture = AggregatesFixture(found: ["/a"])
        Self.tick(fixture)
        _ = fixture.kernel.make("/a/late")  // its birth is not announced
        Self.tick(
            fixture,
            [
                Self.detail(fixture, "/a/late", parts: [HR_PART_COUNTS]) { $0.tcp_accepts = 4 },
                Self.burst(fixture, "/a/late", step: 16, [10]),
            ])
        fixture.aggregates.found(id: fixture.kernel.id("/a/late"), path: "/a/late")
        Self.tick(fixture, steps: 0..<100)
        #expect(fixture.log.detail("/a")?.tcp_accepts == 4)
        #expect(fixture.log.detail("/")?.tcp_accepts == 4)
        #expect(fixture.log.detail("/a")?.cpu_peak_10ms_cores == 1)
    }

    @Test func alarmsNameTheirCgroup() throws {
        let fixture = AggregatesFixture(found: ["/a"])
        Self.tick(fixture)
        var event = hr_event(
            kind: HR_KIND_EVENT.rawValue, what: HR_EVENT_OOM_KILL.rawValue,
            time_ns: fixture.kernel.time, cgroup_id: fixture.kernel.id("/a"), value: 42)
        fixture.ingest(RingRecord.bytes(of: event))
        event.what = 99
        fixture.ingest(RingRecord.bytes(of: event))
        let isTold = fixture.aggregates.hasAlarms
        #expect(isTold)
        let alarms = fixture.aggregates.takeAlarms()
        #expect(alarms.count == 1)
        #expect(alarms.first?.kind == .oomKill)
        #expect(alarms.first?.path == "/a")
        #expect(alarms.first?.value == 42)
        let isTaken = !fixture.aggregates.hasAlarms
        #expect(isTaken)
        #expect(fixture.losses(HR_LOSS_RECORD_MALFORMED) == 1)
    }
}
