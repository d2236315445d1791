internal import Aggregates
internal import HeadroomABI
package import Terminal

extension TopModel {
    /// The view in a grid of this size. O(rows that are shown).
    package func frame(columns: Int, rows: Int) -> Frame {
        var frame = Frame(rows: max(1, rows), columns: max(1, columns))
        guard let moment else {
            frame.put(banner ?? "waiting for the agent", row: 0, column: 0)
            return frame
        }
        switch page {
        case .list:
            linesBelow = 0
            ListPage(model: self, moment: moment).draw(in: &frame)
        case .cgroup(let id): draw(CgroupPage(model: self, moment: moment, id: id).page(columns: columns, rows: rows), in: &frame)
        case .plans: draw(PlansPage(moment: moment).page(columns: columns), in: &frame)
        case .help: draw(HelpPage.page(columns: columns), in: &frame)
        case .sortMenu: draw(sortMenu, in: &frame)
        }
        drawBottom(in: &frame)
        return frame
    }

    /// All rows as lines of text, for printing; none before `refresh`.
    package func text(columns: Int) -> [String] {
        guard let moment else { return [] }
        let frame = ListPage.text(self, moment, columns: columns)
        var lines = (0..<frame.rows).map { frame.text(row: $0) }
        while lines.last == "" { lines.removeLast() }
        return lines
    }

    /// A page of lines: a title, and as many of the lines as there is room for.
    private func draw(_ page: LinePage, in frame: inout Frame) {
        frame.put(page.title, row: 0, column: 1, .bold)
        frame.put(clock.text, row: 0, endingAt: frame.columns - 1, width: frame.columns / 2, clock.style)
        frame.restyle(row: 0) { $0.isReversed = true }
        let room = frame.rows - 2
        let visible = visibleLines(page.lines.count, room: room)
        for (row, line) in visible.enumerated() {
            page.lines[line].put(in: &frame, row: row + 1)
        }
        linesBelow = page.lines.count - visible.upperBound
    }

    private var sortMenu: LinePage {
        LinePage(
            title: "sort by",
            lines: [StyledLine("")]
                + SortKey.allCases.enumerated().map { place, key in
                    var line = StyledLine("  \(Character(key.letter)) ", .bold)
                    let style: CellStyle = place == menuPlace ? .reversed : .plain
                    line.add(" \(TextCells.padded(key.rawValue, 12)) \(TextCells.padded(key.meaning, 32)) ", style)
                    return line
                })
    }

    /// Which moment it is, for the upper right corner.
    var clock: (text: String, style: CellStyle) {
        guard let moment else { return ("", .plain) }
        let time = Compact.timeOfDay(moment.time)
        guard isPaused else { return (time, .plain) }
        var text = " PAUSED \(time) "
        if moment.time < newestHeld {
            let back = Double(newestHeld - moment.time) / 1e9
            text = " PAUSED, BACK AT \(time) (-\(Compact.fixed(back, back < 10 ? 1 : 0)) s) "
        }
        return (text, CellStyle(.yellow, bold: true, reversed: true))
    }

    private func drawBottom(in frame: inout Frame) {
        guard frame.rows > 3 else { return }
        let row = frame.rows - 1
        if let typedFilter {
            var line = StyledLine("filter: ", .bold)
            line.add(typedFilter)
            line.add(" ", .reversed)
            line.add("  Enter keeps it, Esc drops it; \(list.found) of \(moment?.rows.count ?? 0)", .dim)
            return line.put(in: &frame, row: row)
        }
        if let banner { return StyledLine(banner, CellStyle(.red, bold: true)).put(in: &frame, row: row) }
        if let message { return StyledLine(message, CellStyle(.yellow)).put(in: &frame, row: row) }
        // What has no room is in the help.
        let below = page != .list && linesBelow > 0 ? 20 : 0
        var line = StyledLine()
        for (place, (key, meaning)) in keys.enumerated() {
            let word = (place > 0 ? "  " : "") + key
            guard line.width + CellWidth.of(word) + 1 + CellWidth.of(meaning) <= frame.columns - below else { break }
            line.add(word, .bold)
            line.add(" \(meaning)", .dim)
        }
        line.put(in: &frame, row: row)
        guard page != .list, linesBelow > 0 else { return }
        frame.put("  \(linesBelow) lines below", row: row, endingAt: frame.columns, width: 20, .bold)
    }

    private var keys: [(String, String)] {
        switch page {
        case .list where order.isTree:
            [
                ("q", "quit"), ("?", "help"), ("/", "filter"), ("s", "sort"), ("t", "list"), ("space", "fold"),
                ("p", isPaused ? "go on" : "pause"), ("[ ]", "time"), ("Enter", "all"), ("P", "plans"),
            ]
        case .list:
            [
                ("q", "quit"), ("?", "help"), ("/", "filter"), ("s", "sort"), ("t", "tree"),
                ("p", isPaused ? "go on" : "pause"), ("[ ]", "time"), ("Enter", "all"), ("P", "plans"),
            ]
        case .cgroup:
            [
                ("Esc", "back"), ("Tab", "another plot"), ("up down", "scroll"),
                ("p", isPaused ? "go on" : "pause"), ("[ ]", "time"), ("?", "help"),
            ]
        case .plans, .help: [("Esc", "back"), ("up down", "scroll")]
        case .sortMenu: [("Enter", "sort"), ("Esc", "back"), ("r", "in the list: the other way round")]
        }
    }
}

/// A title and lines below it.
struct LinePage {
    var title: String
    var lines: [StyledLine]
}

/// Text in so many cells of a terminal.
enum TextCells {
    /// Blanks behind it, up to a width; what is too long stays.
    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - CellWidth.of(text)))
    }

    /// Blanks before it.
    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - CellWidth.of(text))) + text
    }

    /// The end of `text`, which of a path says most, in at most `width` cells.
    static func end(of text: String, _ width: Int) -> String {
        guard CellWidth.of(text) > width else { return text }
        var scalars: [Unicode.Scalar] = []
        var used = 1
        for scalar in text.unicodeScalars.reversed() {
            used += CellWidth.of(scalar)
            if used > width { break }
            scalars.append(scalar)
        }
        var end = "…"
        end.unicodeScalars.append(contentsOf: scalars.reversed())
        return end
    }
}
