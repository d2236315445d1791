import Aggregates
import HeadroomABI

/// Memory for a table that both a writer and readers see. Zeroed; outlives both.
///
/// `Sendable` because that is what the table is for: one writer and many readers at once.
@safe
final class TableMemory: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int
    let slots: Int

    init(slots: Int) {
        self.slots = slots
        byteCount = TableLayout.byteCount(slots: slots)
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }

    deinit { unsafe base.deallocate() }

    func writer() -> SharedTable { unsafe SharedTable(mapped: base, slots: slots) }

    func reader(byteCount: Int? = nil) throws(TableError) -> TableView {
        let byteCount = byteCount ?? self.byteCount
        return TableView(
            reader: try unsafe TableReader(memory: UnsafeRawPointer(base), byteCount: byteCount),
            memory: self
        )
    }

    /// Puts a number at a byte offset, as damage or another version would.
    func overwrite<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, with value: Number) {
        unsafe base.storeBytes(of: value, toByteOffset: offset, as: Number.self)
    }
}

/// A reader and the memory it reads, for one thread.
final class TableView {
    private var reader: TableReader
    private let memory: TableMemory

    init(reader: consuming TableReader, memory: TableMemory) {
        self.reader = reader
        self.memory = memory
    }

    var slotCount: Int { reader.slotCount }
    var retries: Int { reader.retries }
    func header() -> TableHeader? { reader.header() }
    func slot(_ index: Int) -> hr_table_slot? { reader.slot(index) }
}
