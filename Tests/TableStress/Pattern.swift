import Aggregates
import HeadroomABI

/// Contents of a slot and of the header that say of each 64-bit word whether it is of the same
/// write as the others.
enum Pattern {
    /// Word `index` of what is written with `value`: no two words and no two writes have the same.
    static func word(_ index: Int, of value: UInt64) -> UInt64 {
        (value &+ 1) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(index) &* 0xD1B5_4A32_D192_ED03
    }

    /// The value is told in the word behind the sequence number and the mark of life.
    static let slotWords = 2..<TableLayout.slotBytes / 8

    static func fill(_ slot: inout hr_table_slot, with value: UInt64) {
        slot.live = 1
        slot.cgroup_id = value
        unsafe withUnsafeMutableBytes(of: &slot) { raw in
            let words = unsafe raw.bindMemory(to: UInt64.self)
            for index in slotWords { unsafe words[index] = word(index, of: value) }
        }
    }

    /// Index of a word that is not of the write that the first one tells; nil when all are.
    static func torn(_ slot: borrowing hr_table_slot) -> Int? {
        let value = slot.cgroup_id
        return unsafe withUnsafeBytes(of: slot) { raw in
            let words = unsafe raw.bindMemory(to: UInt64.self)
            for index in slotWords where unsafe words[index] != word(index, of: value) { return index }
            return nil
        }
    }

    /// What a reader needs to find its way stays; all behind `ticks` is the pattern's.
    private static let headerStart = MemoryLayout<hr_table_header>.offset(of: \.last_tick_ns)! / 8
    private static let headerWords = headerStart..<TableLayout.headerBytes / 8

    static func fill(_ header: inout hr_table_header, with value: UInt64) {
        header.ticks = value
        unsafe withUnsafeMutableBytes(of: &header) { raw in
            let words = unsafe raw.bindMemory(to: UInt64.self)
            for index in headerWords { unsafe words[index] = word(index, of: value) }
        }
    }

    /// Looks at one large array of the header, which is where most of its bytes are, and at both ends.
    static func isTorn(_ header: TableHeader) -> Bool {
        let value = header.ticks
        guard header.last_tick_ns == word(headerStart, of: value) else { return true }
        let start = MemoryLayout<hr_table_header>.offset(of: \.requests)! / 8
        return unsafe header.withElements(of: \.requests, as: UInt64.self) { words in
            for index in words.indices where unsafe words[index] != word(start + index, of: value) {
                return true
            }
            return false
        }
    }
}
