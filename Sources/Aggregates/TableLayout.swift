internal import HeadroomABI

/// Where things lie in the shared table.
package enum TableLayout {
    package static let headerBytes = MemoryLayout<hr_table_header>.stride
    package static let slotBytes = MemoryLayout<hr_table_slot>.stride

    /// Bytes of a table with `slots` slots.
    package static func byteCount(slots: Int) -> Int { headerBytes + slots * slotBytes }

    static let sequenceOffset = MemoryLayout<hr_table_header>.offset(of: \.sequence)!
}
