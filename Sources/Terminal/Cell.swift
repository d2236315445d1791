/// One place of a terminal's grid.
struct Cell: Hashable, Sendable {
    /// Unicode scalar; 0 in the right half of a wide character.
    var scalar: UInt32
    /// A combining mark that goes with it; 0 for none. More than one are not kept.
    var mark: UInt32 = 0
    var style: CellStyle

    static let blank = Cell(scalar: 0x20, style: .plain)

    var isRightHalf: Bool { scalar == 0 }
    var isPlainASCII: Bool { scalar < 0x7f && scalar >= 0x20 && mark == 0 }
}
