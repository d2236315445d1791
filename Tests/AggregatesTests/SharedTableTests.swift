import Glibc
import HeadroomABI
import Testing

@testable import Aggregates

/// One writer, any number of readers, no lock, no torn copy.
@Suite struct SharedTableTests {
    @Test func newTableSaysWhatItIs() throws {
        let memory = TableMemory(slots: 5)
        let table = memory.writer()
        let reader = try memory.reader()
        let header = try #require(reader.header())
        #expect(header.magic == HR_TABLE_MAGIC)
        #expect(header.version == UInt32(HR_TABLE_VERSION))
        #expect(header.slot_count == 5)
        #expect(reader.slotCount == 5)
        #expect(table.slotCount == 5)
        for index in 0..<5 { #expect(reader.slot(index) == nil, "no slot is in use") }
    }

    @Test func magicIsTheWordHeadroom() {
        #expect(RingRecord.bytes(of: HR_TABLE_MAGIC) == Array("headroom".utf8))
    }

    @Test func readerSeesWhatTheWriterWroteInHeaderAndSlot() throws {
        let memory = TableMemory(slots: 3)
        let table = memory.writer()
        table.updateHeader { $0.ticks = 41 }
        table.writeSlot(2, value: 7)
        let reader = try memory.reader()
        #expect(reader.header()?.ticks == 41)
        #expect(reader.slot(2)?.cgroup_id == 7)
        #expect(reader.slot(1) == nil)
        #expect(reader.retries == 0)
    }

    @Test func writerThatDiedInTheMiddleGivesNoCopyAndItsSuccessorHealsIt() throws {
        let memory = TableMemory(slots: 1)
        let table = memory.writer()
        table.writeSlot(0, value: 7)
        let sequence = TableLayout.headerBytes
        memory.overwrite(sequence, with: UInt32(9))
        let reader = try memory.reader()
        #expect(reader.slot(0) == nil)
        #expect(reader.retries > 0)
        table.writeSlot(0, value: 8)
        #expect(reader.slot(0)?.cgroup_id == 8)
    }

    /// As damage, or a writer that was killed again and again, leaves it: found by fuzzing.
    @Test func manyHalfWrittenSlotsCostOnePatienceNotOneEach() throws {
        let memory = TableMemory(slots: 16)
        let table = memory.writer()
        for index in 0..<16 {
            table.writeSlot(index, value: 7)
            if index < 15 {
                memory.overwrite(TableLayout.headerBytes + index * TableLayout.slotBytes, with: UInt32(9))
            }
        }
        let reader = try memory.reader()
        _ = reader.header()
        let start = ContinuousClock.now
        for index in 0..<15 { #expect(reader.slot(index) == nil) }
        // 15 times half a second were 7.5 s.
        #expect(start.duration(to: .now) < .seconds(5))
        #expect(reader.slot(15)?.cgroup_id == 7, "a whole one is read without any patience")
    }

    /// A copy is torn when its numbers are not all from one write.
    @Test func readersHammeringBesideAWriterNeverSeeATornSlotOrHeader() throws {
        let memory = TableMemory(slots: 2)
        let table = memory.writer()
        table.writeSlot(1, value: 0)
        table.writeHeader(value: 0)
        let hammer = ReaderHammer(memory, slot: 1, threads: 2)
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(500)
        var value: UInt64 = 0
        // A step may take all that time: a sanitizer looks for names at the first race that it is not to report.
        while clock.now < end || hammer.slotsRead < 50 || value <= 50 {
            value += 1
            table.writeSlot(1, value: value)
            table.writeHeader(value: value)
            // A writer that never rests would leave readers no even moment.
            if value % 4 == 0 { sched_yield() }
        }
        hammer.stop()
        #expect(hammer.torn == 0)
        #expect(hammer.slotsRead >= 50 && hammer.headersRead > 0)
    }
}

extension SharedTable {
    /// Sets every number of the slot that readers compare to one value, first to last byte.
    func writeSlot(_ index: Int, value: UInt64) {
        updateSlot(index) { slot in
            slot.live = 1
            slot.cgroup_id = value
            slot.generation = value
            slot.window.start_ns = value
            slot.window.net_rx_bytes = value
            slot.forecast.5.2.5 = Double(value)
            slot.history.5.59 = UInt16(truncatingIfNeeded: value)
            TableText.write(String(value), to: &slot.path)
        }
    }

    /// The same for the header.
    func writeHeader(value: UInt64) {
        updateHeader { header in
            header.started_ns = value
            header.ticks = value
            header.losses.31 = value
            header.plans.5.figures.target = Double(value)
            header.requests.63.figures.id = value
        }
    }
}
