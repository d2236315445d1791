/// Turns frames into what a terminal has to be sent: of each, what is not there already.
///
/// Keeps what was sent last. One thread.
package struct FrameEncoder {
    package let features: TerminalFeatures
    private var shown: Frame?
    private var bytes: [UInt8] = []
    private var style = CellStyle.plain
    /// Where the next character would go; nil when that is not certain.
    private var cursor: (row: Int, column: Int)?

    /// Unchanged cells between changed ones that are sent again instead of a jump over them.
    private static let shortestJump = 4

    package init(features: TerminalFeatures) { self.features = features }

    /// The terminal shows something else now: the next frame is sent whole.
    package mutating func forget() { shown = nil }

    /// Bytes that make the terminal show `frame`; none when it does already.
    /// - Complexity: O(cells).
    package mutating func encode(_ frame: Frame) -> [UInt8] {
        bytes.removeAll(keepingCapacity: true)
        style = .plain
        cursor = nil
        var before: Frame
        if let shown, shown.rows == frame.rows, shown.columns == frame.columns {
            before = shown
        } else {
            before = Frame(rows: frame.rows, columns: frame.columns)
            append("\u{1b}[0m\u{1b}[2J")
        }
        for row in 0..<frame.rows { encode(row, of: frame, over: before) }
        shown = frame
        guard !bytes.isEmpty else { return [] }
        if style != .plain { append("\u{1b}[0m") }
        guard features.canSynchronise else { return bytes }
        return Array("\u{1b}[?2026h".utf8) + bytes + Array("\u{1b}[?2026l".utf8)
    }

    private mutating func encode(_ row: Int, of frame: Frame, over before: Frame) {
        let start = row * frame.columns
        let new = frame.cells[start..<start + frame.columns]
        let old = before.cells[start..<start + frame.columns]
        var end = frame.columns
        while end > 0, new[start + end - 1] == old[start + end - 1] { end -= 1 }
        // Blanks up to the edge are one sequence.
        var written = frame.columns
        while written > 0, new[start + written - 1] == .blank { written -= 1 }
        let clears = end > written + 8
        let limit = clears ? written : end
        var column = 0
        while column < limit {
            guard new[start + column] != old[start + column] else {
                column += 1
                continue
            }
            if new[start + column].isRightHalf, column > 0 { column -= 1 }
            var last = column
            var probe = column
            while probe < limit, probe - last < Self.shortestJump {
                if new[start + probe] != old[start + probe] { last = probe }
                probe += 1
            }
            send(row, column...last, of: frame)
            column = last + 1
        }
        guard clears else { return }
        move(to: row, written)
        turn(to: .plain)
        append("\u{1b}[K")
    }

    private mutating func send(_ row: Int, _ columns: ClosedRange<Int>, of frame: Frame) {
        for column in columns {
            let cell = frame.cells[row * frame.columns + column]
            if cell.isRightHalf { continue }
            move(to: row, column)
            turn(to: cell.style)
            append(cell)
            // At the edge the cursor waits; what is not plain may have been taken for wider.
            let isWide =
                column + 1 < frame.columns
                && frame.cells[row * frame.columns + column + 1].isRightHalf
            let isCertain = column + 1 < frame.columns && !isWide && cell.mark == 0
            cursor = isCertain ? (row, column + 1) : nil
        }
    }

    private mutating func move(to row: Int, _ column: Int) {
        if let cursor, cursor == (row, column) { return }
        append("\u{1b}[\(row + 1);\(column + 1)H")
        cursor = (row, column)
    }

    private mutating func turn(to wanted: CellStyle) {
        guard wanted != style else { return }
        append("\u{1b}[\(wanted.parameters(colour: features.hasColour))m")
        style = wanted
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func append(_ cell: Cell) {
        if cell.isPlainASCII { return bytes.append(UInt8(cell.scalar)) }
        guard features.isUTF8 else {
            bytes.append(ASCIIForm.of(cell.scalar))
            if let scalar = Unicode.Scalar(cell.scalar), CellWidth.of(scalar) == 2 {
                bytes.append(UInt8(ascii: "?"))
            }
            return
        }
        for value in [cell.scalar, cell.mark] where value != 0 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            bytes.append(contentsOf: String(Character(scalar)).utf8)
        }
    }
}
