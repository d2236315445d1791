internal import Terminal

/// A line of text in several styles.
struct StyledLine {
    private(set) var parts: [(text: String, style: CellStyle)] = []

    init() {}
    init(_ text: String, _ style: CellStyle = .plain) { add(text, style) }

    mutating func add(_ text: String, _ style: CellStyle = .plain) { parts.append((text, style)) }

    var width: Int { parts.reduce(0) { $0 + CellWidth.of($1.text) } }

    /// Without the last parts that a width has no room for: no word is cut.
    func fitting(_ width: Int) -> StyledLine {
        var line = self
        while line.parts.count > 1, line.width > width { line.parts.removeLast() }
        return line
    }

    func put(in frame: inout Frame, row: Int, column: Int = 0, width: Int = .max) {
        var at = column
        let end = min(frame.columns, width == .max ? frame.columns : column + width)
        for part in parts where at < end {
            at = frame.put(part.text, row: row, column: at, part.style, width: end - at)
        }
        // What is cut says so.
        guard let last = parts.last, parts.reduce(column, { $0 + CellWidth.of($1.text) }) > end else { return }
        frame.put("…", row: row, column: end - 1, last.style)
    }

    /// Parted at blanks, but a number and its unit stay together.
    private static func words(of text: String) -> [Substring] {
        var words: [Substring] = []
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            let unit = word.prefix { $0 != "," && $0 != ";" && $0 != ":" && $0 != ")" && $0 != "." }
            if units.contains(String(unit)), let last = words.last, last.last?.isNumber == true {
                words[words.count - 1] = text[last.startIndex..<word.endIndex]
            } else {
                words.append(word)
            }
        }
        return words
    }

    private static let units: Set = ["%", "ns", "µs", "ms", "s", "B", "KiB", "MiB", "GiB", "TiB", "cores"]

    /// `text` in lines of at most `width` cells, broken at blanks; those behind the first stand
    /// `indent` further in.
    static func wrapped(
        _ text: String, width: Int, indent: Int = 0, _ style: CellStyle = .plain
    ) -> [StyledLine] {
        var lines: [StyledLine] = []
        let margin = String(repeating: " ", count: max(0, min(indent, width - 10)))
        var line = ""
        var used = 0
        var isEmpty = true
        func finish() {
            lines.append(StyledLine(line, style))
            line = margin
            used = margin.utf8.count
            isEmpty = true
        }
        for word in words(of: text) {
            let length = CellWidth.of(word)
            if !isEmpty, used + 1 + length > width { finish() }
            if !isEmpty {
                line += " "
                used += 1
            }
            // A word that no line has room for is cut by the edge of the next ones.
            var rest = Substring(word)
            while CellWidth.of(rest) > width - used, width > used {
                var taken = rest.startIndex
                var cells = 0
                while taken < rest.endIndex {
                    let next = CellWidth.of(rest[taken...taken])
                    guard cells + next <= width - used else { break }
                    cells += next
                    taken = rest.index(after: taken)
                }
                guard taken > rest.startIndex else { break }
                line += rest[..<taken]
                rest = rest[taken...]
                finish()
            }
            line += rest
            used += CellWidth.of(rest)
            isEmpty = false
        }
        if !isEmpty || lines.isEmpty { lines.append(StyledLine(line, style)) }
        return lines
    }
}
