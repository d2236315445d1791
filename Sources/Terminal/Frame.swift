/// What a terminal is to show: a grid of cells that text is put into, cut at its edges.
///
/// A value; rows and columns count from 0. Nothing put into it can move the cursor: control
/// characters become `?`.
package struct Frame: Sendable {
    package let rows: Int
    package let columns: Int
    private(set) var cells: [Cell]

    package init(rows: Int, columns: Int) {
        precondition(rows > 0 && columns > 0, "\(rows) rows of \(columns) columns")
        self.rows = rows
        self.columns = columns
        cells = Array(repeating: .blank, count: rows * columns)
    }

    /// Puts `text` at a place, cut to `width` cells and to the grid.
    /// - Returns: the column behind it.
    /// - Complexity: O(length of the text that is shown).
    @discardableResult
    package mutating func put(
        _ text: some StringProtocol, row: Int, column: Int, _ style: CellStyle = .plain,
        width: Int = .max
    ) -> Int {
        guard row >= 0, row < rows, column >= 0, width > 0 else { return column }
        let end = width > columns - column ? columns : column + width
        var at = column
        let start = row * columns
        for scalar in text.unicodeScalars {
            let width = CellWidth.of(scalar)
            if width == 0 {
                // The mark of what stands before it.
                let base = at - 1
                if base >= column, cells[start + base].mark == 0 {
                    let isHalf = cells[start + base].isRightHalf && base > column
                    cells[start + (isHalf ? base - 1 : base)].mark = scalar.value
                }
                continue
            }
            guard at + width <= end else {
                // Half of a wide character cannot be shown.
                if at < end { set(start, at, Cell(scalar: 0x20, style: style)) }
                return max(at, min(end, at + width))
            }
            let value = scalar.value
            let isControl = value < 0x20 || (0x7f...0x9f).contains(value)
            set(start, at, Cell(scalar: isControl ? 0x3f : value, style: style))
            if width == 2 { set(start, at + 1, Cell(scalar: 0, style: style)) }
            at += width
        }
        return at
    }

    /// Overwrites one cell, and the other half of a wide character that it was part of.
    private mutating func set(_ start: Int, _ column: Int, _ cell: Cell) {
        let old = cells[start + column]
        if old.isRightHalf, !cell.isRightHalf, column > 0 {
            cells[start + column - 1].scalar = 0x20
            cells[start + column - 1].mark = 0
        }
        if !old.isRightHalf, column + 1 < columns, cells[start + column + 1].isRightHalf {
            cells[start + column + 1].scalar = 0x20
        }
        cells[start + column] = cell
    }

    /// Puts `text` so that it ends before `column`; what is too long loses its end.
    package mutating func put(
        _ text: some StringProtocol, row: Int, endingAt column: Int, width: Int,
        _ style: CellStyle = .plain
    ) {
        let length = min(width, CellWidth.of(text))
        put(text, row: row, column: column - length, style, width: length)
    }

    /// Gives a row's cells from `column` on a style, whatever they show.
    package mutating func restyle(row: Int, from column: Int = 0, to end: Int = .max, _ change: (inout CellStyle) -> Void) {
        guard row >= 0, row < rows else { return }
        for at in max(0, column)..<max(max(0, column), min(end, columns)) {
            change(&cells[row * columns + at].style)
        }
    }

    /// A row as text without trailing blanks, for printing and for tests.
    package func text(row: Int) -> String {
        var text = ""
        for cell in cells[row * columns..<(row + 1) * columns] where !cell.isRightHalf {
            if let scalar = Unicode.Scalar(cell.scalar) { text.unicodeScalars.append(scalar) }
            if cell.mark != 0, let mark = Unicode.Scalar(cell.mark) { text.unicodeScalars.append(mark) }
        }
        while text.last == " " { text.removeLast() }
        return text
    }
}
