internal import HeadroomABI

/// A copy of a table that does not change: each slot as of one moment. Owns its memory; the reader
/// must not outlive it.
@safe
package struct TableCopy: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    package var reader: TableReader

    /// Nil when the writer stays in the middle for half a second and more.
    /// - Complexity: O(slots that were ever used), 4 KiB each.
    package init?(of source: inout TableReader) {
        guard let header = source.header() else { return nil }
        let slots = min(Int(header.slots_used), source.slotCount)
        let byteCount = TableLayout.byteCount(slots: slots)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
        unsafe header.withMemory {
            unsafe memory.copyMemory(from: $0, byteCount: TableLayout.headerBytes)
        }
        let copied = unsafe memory.assumingMemoryBound(to: hr_table_header.self)
        unsafe copied.pointee.slot_count = UInt32(slots)
        unsafe copied.pointee.sequence &= ~1
        for index in 0..<slots {
            let target = unsafe memory + TableLayout.headerBytes + index * TableLayout.slotBytes
            let slot = unsafe target.assumingMemoryBound(to: hr_table_slot.self)
            let isWhole = unsafe source.copySlot(index, to: target)
            if !isWhole { unsafe slot.pointee.live = 0 }
            unsafe slot.pointee.sequence = 0
        }
        do throws(TableError) {
            reader = try unsafe TableReader(memory: UnsafeRawPointer(memory), byteCount: byteCount)
        } catch {
            unsafe memory.deallocate()
            return nil
        }
        unsafe self.memory = memory
    }

    deinit { unsafe memory.deallocate() }
}
