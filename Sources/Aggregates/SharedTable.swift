package import HeadroomABI
internal import Synchronization

/// The writer's side of the shared table: a header and slots over memory that may be mapped
/// from a file for others to read, or private (replay, tests).
///
/// One writer: keep it on one thread. Readers never block it; each write bumps a sequence
/// number to odd before and to even after, so that a reader can tell a torn copy.
@safe
package struct SharedTable: ~Copyable {
    private let base: UnsafeMutableRawPointer
    private let ownsMemory: Bool
    package let slotCount: Int

    /// Private, zeroed memory.
    package init(slots: Int) {
        let bytes = TableLayout.byteCount(slots: slots)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        unsafe base = memory
        ownsMemory = true
        slotCount = slots
        prepare()
    }

    /// Zeroed memory of at least `TableLayout.byteCount(slots:)` bytes, which stays the
    /// caller's and must outlive the table.
    @unsafe package init(mapped memory: UnsafeMutableRawPointer, slots: Int) {
        unsafe base = memory
        ownsMemory = false
        slotCount = slots
        prepare()
    }

    deinit { if ownsMemory { unsafe base.deallocate() } }

    private func prepare() {
        updateHeader { header in
            header.magic = HR_TABLE_MAGIC
            header.version = UInt32(HR_TABLE_VERSION)
            header.header_bytes = UInt32(TableLayout.headerBytes)
            header.slot_bytes = UInt32(TableLayout.slotBytes)
            header.slot_count = UInt32(slotCount)
        }
    }

    /// Changes the header in one step as readers see it.
    package func updateHeader(_ body: (inout hr_table_header) -> Void) {
        let header = unsafe base.assumingMemoryBound(to: hr_table_header.self)
        unsafe Self.write(base + TableLayout.sequenceOffset) {
            unsafe body(&header.pointee)
        }
    }

    /// Changes slot `index` in one step as readers see it.
    package func updateSlot(_ index: Int, _ body: (inout hr_table_slot) -> Void) {
        precondition(index >= 0 && index < slotCount, "slot \(index) of \(slotCount)")
        let raw = unsafe base + TableLayout.headerBytes + index * TableLayout.slotBytes
        let slot = unsafe raw.assumingMemoryBound(to: hr_table_slot.self)
        unsafe Self.write(raw) { unsafe body(&slot.pointee) }
    }

    /// `sequence` points at the 32-bit sequence number. The body must leave it alone.
    private static func write(_ sequence: UnsafeMutableRawPointer, _ body: () -> Void) {
        let counter = unsafe sequence.assumingMemoryBound(to: Atomic<UInt32>.self)
        let before = unsafe counter.pointee.load(ordering: .relaxed)
        unsafe counter.pointee.store(before | 1, ordering: .relaxed)
        // The odd number is out before any of the data.
        atomicMemoryFence(ordering: .releasing)
        body()
        // Releasing: all of the data is out before the even number.
        unsafe counter.pointee.store((before | 1) &+ 1, ordering: .releasing)
    }
}
