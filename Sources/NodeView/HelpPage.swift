internal import Terminal

/// The keys and the columns in words.
enum HelpPage {
    static func page(columns: Int) -> LinePage { LinePage(title: "headroom top: keys and columns", lines: lines(columns)) }

    private static func lines(_ columns: Int) -> [StyledLine] {
        var lines: [StyledLine] = []
        for (heading, entries) in sections {
            lines.append(StyledLine(""))
            lines.append(StyledLine(heading, .bold))
            for (key, meaning) in entries {
                let meaning = StyledLine.wrapped(meaning, width: max(20, columns - 17))
                for (place, words) in meaning.enumerated() {
                    var line = StyledLine("  " + TextCells.padded(place == 0 ? key : "", 15), CellStyle(.cyan))
                    for part in words.parts { line.add(part.text, part.style) }
                    lines.append(line)
                }
            }
        }
        return Array(lines.dropFirst())
    }

    private static let sections: [(String, [(String, String)])] = [
        (
            "moving",
            [
                ("up down j k", "the next and the last cgroup; PageUp PageDown Home End too"),
                ("Enter", "all there is about the chosen one; Esc or q goes back"),
                ("P", "plans and requests with their reasons"),
                ("q", "quit (Ctrl-C too)"),
            ]
        ),
        (
            "choosing",
            [
                ("/", "only cgroups with a text in path, name, pod or container id; Esc ends it"),
                ("s", "a menu of what to sort by"),
                ("c m n d w", "sort by CPU, memory, network, disk, waiting"),
                ("f b x y o", "sort by forecast, buffer, throttling, pressure, path"),
                ("< >", "sort by what comes before or after; r: the other way round"),
                ("t", "a tree of cgroups; space folds, left and right too"),
                ("i", "paths instead of the names of containers and pods"),
            ]
        ),
        (
            "time",
            [
                ("p", "pause and go on; space too where it folds nothing"),
                ("[ ]", "a window back and forth; { and } ten of them"),
                ("", "further back than a minute it comes from the history on disk; what is not kept is said there"),
            ]
        ),
        (
            "columns",
            [
                ("CPU", "cores in use, with all cgroups below; bright where over its forecast"),
                ("P95", "forecast: 95 % of peaks over the longest lead time stay below it"),
                ("BUF", "buffer: its limit, where Headroom sets it, else P95, less what it uses"),
                ("PEAK", "the highest 10 ms within the window, in cores"),
                ("WAIT", "time that its tasks were runnable without a CPU, a second"),
                ("THR%", "share of the periods in which its own CPU limit stopped it"),
                ("MEM", "memory in use"),
                ("PSI%", "share of time in which tasks stalled, the worst: c CPU, m memory, i I/O"),
                ("NET RX TX", "bytes a second that its sockets received and sent"),
                ("DISK", "bytes a second read and written"),
                ("-", "not measured here: headroom doctor says why"),
            ]
        ),
        (
            "bars of plans",
            [
                ("━━ ── ··", "in use, ready beyond that, the rest of what the node has"),
                ("┃", "the forecast that is planned on"),
            ]
        ),
    ]
}
