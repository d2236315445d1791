/// A terminal as far as frames need one: what has been sent to it, applied to a grid. Written for
/// the tests, apart from what encodes.
struct ScreenModel {
    let rows: Int
    let columns: Int
    var cells: [[String]]
    var styles: [[String]]
    var row = 0
    var column = 0
    var style = "0"
    /// Cells that characters were written to.
    var written = 0
    var complaints: [String] = []

    init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
        styles = Array(repeating: Array(repeating: "0", count: columns), count: rows)
    }

    func text(_ row: Int) -> String {
        var text = cells[row].joined()
        while text.last == " " { text.removeLast() }
        return text
    }

    mutating func apply(_ bytes: [UInt8], wide: Set<Unicode.Scalar> = []) {
        let scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        var at = 0
        while at < scalars.count {
            let scalar = scalars[at]
            at += 1
            guard scalar == "\u{1b}" else {
                if scalar.properties.generalCategory == .nonspacingMark {
                    cells[row][max(0, column - 1)].unicodeScalars.append(scalar)
                    continue
                }
                guard column < columns, row < rows else {
                    complaints.append("a character outside, at \(row) \(column)")
                    continue
                }
                cells[row][column] = String(Character(scalar))
                styles[row][column] = style
                written += 1
                column += 1
                if wide.contains(scalar), column < columns {
                    cells[row][column] = ""
                    styles[row][column] = style
                    column += 1
                }
                continue
            }
            guard at < scalars.count, scalars[at] == "[" else {
                complaints.append("an escape that is none")
                continue
            }
            at += 1
            var parameters = ""
            while at < scalars.count, !("@"..."~").contains(scalars[at]) {
                parameters.unicodeScalars.append(scalars[at])
                at += 1
            }
            guard at < scalars.count else { return complaints.append("cut short") }
            sequence(scalars[at], parameters)
            at += 1
        }
    }

    private mutating func sequence(_ final: Unicode.Scalar, _ parameters: String) {
        let numbers = parameters.split(separator: ";").compactMap { Int($0) }
        switch final {
        case "H":
            row = (numbers.first ?? 1) - 1
            column = (numbers.count > 1 ? numbers[1] : 1) - 1
        case "m": style = parameters
        case "J":
            cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
            styles = Array(repeating: Array(repeating: "0", count: columns), count: rows)
        case "K":
            for at in column..<columns {
                cells[row][at] = " "
                styles[row][at] = style
            }
        case "h", "l": break
        default: complaints.append("unknown sequence \(parameters)\(final)")
        }
    }
}
