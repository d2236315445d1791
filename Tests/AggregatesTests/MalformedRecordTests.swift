import Aggregates
import HeadroomABI
import TestSupport
import Testing

/// Records that no kernel writes: counted, never followed by a crash.
@Suite struct MalformedRecordTests {
    private static let sampleBytes = MemoryLayout<hr_sample>.size
    private static let walkEndBytes = MemoryLayout<hr_walk_end>.size

    private static func record(kind: UInt32, bytes: Int) -> [UInt8] {
        RingRecord.bytes(of: kind) + [UInt8](repeating: 0, count: max(0, bytes - 4))
    }

    @Test(arguments: 0...3)
    func recordTooShortForItsKindFieldIsCounted(bytes: Int) {
        let fixture = AggregatesFixture()
        fixture.ingest([UInt8](repeating: 1, count: bytes))
        #expect(fixture.losses(HR_LOSS_RECORD_MALFORMED) == 1)
    }

    @Test(arguments: [0, 5, 6, 255, 0x8000_0000, .max] as [UInt32])
    func recordOfUnknownKindIsCounted(kind: UInt32) {
        let fixture = AggregatesFixture()
        fixture.ingest(Self.record(kind: kind, bytes: Self.sampleBytes))
        #expect(fixture.losses(HR_LOSS_RECORD_MALFORMED) == 1)
        #expect(fixture.aggregates.count == 1)
    }

    @Test(arguments: [
        (HR_KIND_SAMPLE, sampleBytes), (HR_KIND_REMOVED, sampleBytes),
        (HR_KIND_WALK_END, walkEndBytes),
    ])
    func recordOfAnyOtherSizeIsCounted(kind: hr_kind, right: Int) {
        let fixture = AggregatesFixture()
        var wrong: UInt64 = 0
        for bytes in 4...right + 16 where bytes != right {
            fixture.ingest(Self.record(kind: kind.rawValue, bytes: bytes))
            wrong += 1
            #expect(fixture.losses(HR_LOSS_RECORD_MALFORMED) == wrong, "\(bytes) bytes")
        }
        fixture.ingest(Self.record(kind: kind.rawValue, bytes: right))
        #expect(fixture.losses(HR_LOSS_RECORD_MALFORMED) == wrong, "the right size is taken")
    }

    @Test func birthCutBeforeItsPathIsCounted() {
        let fixture = AggregatesFixture()
        let whole = fixture.kernel.make("/a")
        for bytes in 4..<Int(HR_CREATED_HEADER) { fixture.ingest(Array(whole.prefix(bytes))) }
        #expect(fixture.losses(HR_LOSS_RECORD_MALFORMED) == UInt64(HR_CREATED_HEADER) - 4)
        #expect(fixture.aggregates.count == 1)
    }

    @Test func birthWithoutAnEndingZeroIsTakenAsItIs() {
        let fixture = AggregatesFixture()
        var record = RingRecord.created(id: 9, path: "/abcdefg", time: 1)
        while record.last == 0 { record.removeLast() }
        fixture.ingest(record)
        fixture.close()
        #expect(fixture.log.births.map(\.path) == ["/abcdefg"])
    }

    /// Whole rounds of noise between good walks: the good cgroup's figures stay right.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func randomBytesAreCountedAndDisturbNobody(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let fixture = AggregatesFixture(found: ["/a"])
        fixture.tick()
        var noise: UInt64 = 0
        for _ in 0..<300 {
            for _ in 0..<5 {
                var bytes = (0..<Int.random(in: 0...256, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                // Not by chance one of the kinds there are.
                if bytes.count > 1 { bytes[1] |= 0x80 }
                fixture.ingest(bytes)
                noise += 1
            }
            fixture.kernel.use("/a", \.net_rx_bytes, 10)
            fixture.tick()
            #expect(fixture.log["/a"]?.net_rx_bytes == 10)
        }
        #expect(fixture.allLosses == ["record_malformed": noise])
    }

    /// Records of the right size with any content, extremes often: a recording may hold them.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func wellFormedNonsenseNeverCrashes(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let fixture = AggregatesFixture(slots: 8)
        let extremes: [UInt64] = [0, 1, 2, 3, 1 << 31, 1 << 63, .max - 1, .max]
        let paths = ["/", "/a", "/a/b", "/a/b/c", "", "a", "//", "/a/", "/(other)", "\u{0}"]
        func number() -> UInt64 {
            Bool.random(using: &generator)
                ? extremes.randomElement(using: &generator)! : generator.next()
        }
        func fill<Record: BitwiseCopyable>(_ record: inout Record) {
            unsafe withUnsafeMutableBytes(of: &record) { raw in
                for lane in 0..<(raw.count / 8) {
                    unsafe raw.storeBytes(of: number(), toByteOffset: lane * 8, as: UInt64.self)
                }
            }
        }
        func sample(_ kind: hr_kind) -> hr_sample {
            var sample = hr_sample()
            fill(&sample)
            sample.kind = kind.rawValue
            sample.cgroup_id = UInt64.random(in: 0...10, using: &generator)
            return sample
        }
        for _ in 0..<400 {
            let id = UInt64.random(in: 0...10, using: &generator)
            switch Int.random(in: 0..<11, using: &generator) {
            case 0, 1, 2: fixture.ingest(RingRecord.bytes(of: sample(HR_KIND_SAMPLE)))
            case 3: fixture.ingest(RingRecord.bytes(of: sample(HR_KIND_REMOVED)))
            case 4:
                let path = paths.randomElement(using: &generator)!
                fixture.ingest(RingRecord.created(id: id, path: path, time: number()))
            case 8:
                var detail = hr_detail()
                fill(&detail)
                detail.kind = HR_KIND_DETAIL.rawValue
                detail.cgroup_id = id
                fixture.ingest(RingRecord.bytes(of: detail))
            case 9:
                var burst = hr_burst()
                fill(&burst)
                burst.kind = HR_KIND_BURST.rawValue
                burst.cgroup_id = id
                fixture.ingest(RingRecord.bytes(of: burst))
            case 10:
                var event = hr_event()
                fill(&event)
                event.kind = HR_KIND_EVENT.rawValue
                event.cgroup_id = id
                fixture.ingest(RingRecord.bytes(of: event))
                _ = fixture.aggregates.takeAlarms()
            case 5: fixture.aggregates.found(id: id, path: paths.randomElement(using: &generator)!)
            case 6:
                var end = hr_walk_end()
                end.kind = HR_KIND_WALK_END.rawValue
                end.walk = number()
                end.time_ns = number()
                end.end_ns = number()
                end.burst_from = number()
                end.burst_to = number()
                end.other = sample(HR_KIND_SAMPLE)
                fixture.ingest(RingRecord.bytes(of: end))
            default:
                fixture.aggregates.count(HR_LOSS_TICK_SKIPPED, by: number())
                fixture.log.forget()
                fixture.aggregates.closeWindows(
                    rootCPU: number(),
                    unixOffset: Int64(bitPattern: number()),
                    interval: max(1, number()),
                    &fixture.log
                )
                for entry in fixture.log.entries {
                    #expect((0...1).contains(entry.window.coverage))
                    #expect(entry.window.value(.cpu) >= 0)
                }
            }
            #expect(fixture.aggregates.count <= 8)
        }
        _ = try fixture.slots()
    }
}
