internal import Glibc
package import HeadroomABI
internal import Synchronization

/// A reader's side of the shared table. Never disturbs the writer; trusts nothing it reads.
@safe
package struct TableReader: ~Copyable {
    private let base: UnsafeRawPointer
    package let slotCount: Int
    /// Copies that were torn by a write and taken again.
    package private(set) var retries = 0
    /// Attempts at once, then one after each pause of a millisecond: a writer
    /// that lost its CPU in the middle needs a turn, which spinning does not give it.
    private static let attemptsAtOnce = 1000
    private static let maximumPauses = 500
    /// Pauses that are left until the header is read again: a table in which many slots stay half
    /// written costs half a second, not half a second each.
    private var pauses = maximumPauses

    /// Checks that `byteCount` bytes at `memory` hold a table of this version. The memory
    /// stays the caller's and must outlive the reader.
    @unsafe package init(memory: UnsafeRawPointer, byteCount: Int) throws(TableError) {
        guard byteCount >= TableLayout.headerBytes else { throw .tooSmall(byteCount) }
        let header = TableHeader()
        unsafe header.withMemory { unsafe $0.copyMemory(from: memory, byteCount: TableLayout.headerBytes) }
        guard header.magic == HR_TABLE_MAGIC else { throw .notATable }
        guard header.version == UInt32(HR_TABLE_VERSION) else {
            throw .otherVersion(Int(header.version))
        }
        guard header.header_bytes == UInt32(TableLayout.headerBytes),
            header.slot_bytes == UInt32(TableLayout.slotBytes)
        else { throw .otherLayout }
        let needed = TableLayout.byteCount(slots: Int(header.slot_count))
        guard byteCount >= needed else { throw .tooSmall(byteCount) }
        unsafe base = memory
        slotCount = Int(header.slot_count)
    }

    /// A reader of the same memory, for another thread.
    package func another() -> TableReader { unsafe TableReader(base: base, slotCount: slotCount) }

    private init(base: UnsafeRawPointer, slotCount: Int) {
        unsafe self.base = base
        self.slotCount = slotCount
    }

    /// A consistent copy of the header, or nil when the writer stays in the middle for half a
    /// second and more.
    package mutating func header() -> TableHeader? {
        pauses = Self.maximumPauses
        let header = TableHeader()
        let isWhole = unsafe header.withMemory {
            unsafe copy(base, TableLayout.headerBytes, to: $0, TableLayout.sequenceOffset)
        }
        return isWhole ? header : nil
    }

    /// A consistent copy of a slot in use, or nil.
    package mutating func slot(_ index: Int) -> hr_table_slot? {
        precondition(index >= 0 && index < slotCount, "slot \(index) of \(slotCount)")
        let at = unsafe base + TableLayout.headerBytes + index * TableLayout.slotBytes
        var slot = hr_table_slot()
        let isWhole = unsafe withUnsafeMutableBytes(of: &slot) { raw in
            unsafe copy(at, raw.count, to: raw.baseAddress!, 0)
        }
        return isWhole && slot.live == 1 ? slot : nil
    }

    /// Copies a slot, in use or not, to memory of its size.
    /// - Returns: whether the copy is of one moment.
    mutating func copySlot(_ index: Int, to target: UnsafeMutableRawPointer) -> Bool {
        let at = unsafe base + TableLayout.headerBytes + index * TableLayout.slotBytes
        return unsafe copy(at, TableLayout.slotBytes, to: target, 0)
    }

    /// What `body` takes of a slot, as of one moment; nil when that cannot be had, or when
    /// `body` gives nothing.
    ///
    /// For looking at many slots: a whole one is 4 KiB. `body` may run again and again and see
    /// torn data, which it must not follow anywhere; only what the last run gave counts.
    package mutating func look<Result>(
        at index: Int, _ body: (UnsafePointer<hr_table_slot>) -> Result?
    ) -> Result? {
        precondition(index >= 0 && index < slotCount, "slot \(index) of \(slotCount)")
        let at = unsafe base + TableLayout.headerBytes + index * TableLayout.slotBytes
        let slot = unsafe at.assumingMemoryBound(to: hr_table_slot.self)
        var result: Result?
        let isWhole = unsafe whole(at) { result = unsafe body(slot) }
        return isWhole ? result : nil
    }

    /// - Returns: whether the copy is of one moment.
    private mutating func copy(
        _ source: UnsafeRawPointer, _ byteCount: Int, to target: UnsafeMutableRawPointer,
        _ sequenceOffset: Int
    ) -> Bool {
        unsafe whole(source + sequenceOffset) {
            unsafe target.copyMemory(from: source, byteCount: byteCount)
        }
    }

    /// Reads until nothing was written meanwhile.
    private mutating func whole(_ number: UnsafeRawPointer, _ read: () -> Void) -> Bool {
        let sequence = unsafe number.assumingMemoryBound(to: Atomic<UInt32>.self)
        for pause in 0...pauses {
            if pause > 0 {
                usleep(1000)
                pauses -= 1
            }
            for _ in 0..<(pause == 0 ? Self.attemptsAtOnce : 1) {
                // Acquiring: the data is read after the number.
                let before = unsafe sequence.pointee.load(ordering: .acquiring)
                if before & 1 == 0 {
                    read()
                    // The number is read again after the data.
                    atomicMemoryFence(ordering: .acquiring)
                    let after = unsafe sequence.pointee.load(ordering: .relaxed)
                    if after == before {
                        // The writer goes on: patience was not in vain.
                        pauses += pause
                        return true
                    }
                }
                retries += 1
            }
        }
        return false
    }
}

/// Why memory is not a table that this build can read.
package enum TableError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooSmall(Int)
    case notATable
    case otherVersion(Int)
    case otherLayout

    package var description: String {
        switch self {
        case .tooSmall(let bytes): "the table is cut short: \(bytes) bytes"
        case .notATable: "this is not a headroom table"
        case .otherVersion(let version):
            "the table has version \(version), this headroom reads version \(HR_TABLE_VERSION):"
                + " use the headroom that the agent was started with"
        case .otherLayout:
            "the table was laid out by another build: use the headroom that the agent was started with"
        }
    }
}
