internal import Agent
internal import ArgumentParser
internal import Glibc
internal import History
internal import JSON
internal import NodeView

/// `headroom history`: what is kept.
struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Say what the history on disk has: since when, how finely, how much.",
        discussion: """
            The agent keeps every window as long as there is room, and minutes for history.keep \
            (docs/history.md). Read them with replay, export, report, backtest and simulate.

            EXAMPLES
              sudo headroom history
              sudo headroom history --json | jq '.tiers[]'
              headroom history --history copy/history
              headroom history --check                  is all of it whole? 1 if not

            A file that is not closed may end within a window: it is being written, or was when the \
            agent was killed. --check says so and does not call it damaged.
            """
    )

    @OptionGroup var range: HistoryRange

    @Flag(help: "One JSON object.")
    var json = false

    @Flag(help: "Read every file whole, and say which are damaged; if any is, the exit code is 1.")
    var check = false

    /// What there is of one kind.
    private struct Extent {
        var first: UInt64?
        var last: UInt64?
        var count = 0
        var files = 0
        var bytes = 0

        mutating func note(_ time: UInt64) {
            // Imports of the same time have a minute each.
            if time != last || count == 0 { count += 1 }
            first = min(first ?? time, time)
            last = max(last ?? time, time)
        }

        init(_ files: [HistoryFile]) {
            self.files = files.count
            bytes = files.reduce(0) { $0 + $1.byteCount }
        }

        mutating func take(_ found: HistoryExtent) { (first, last, count) = (found.first, found.last, found.count) }
    }

    /// One tier's extent, and that of what was imported into it.
    private struct Extents: HistoryVisitor {
        var recorded: Extent
        var imported: Extent
        /// Of imports: by where they are from, how many minutes of cgroups.
        var sources: [String: Int] = [:]
        var cgroups: Set<String> = []
        private var isImported = false

        init(_ files: [HistoryFile]) {
            recorded = Extent(files.filter { !$0.isImported })
            imported = Extent(files.filter(\.isImported))
        }

        mutating func tick(timeNanoseconds: UInt64, durationNanoseconds: UInt64) { recorded.note(timeNanoseconds) }

        mutating func minute(_ cgroup: HistoryCgroup, _ minute: HistoryMinute, timeNanoseconds: UInt64) {
            isImported = cgroup.isImported
            if isImported { cgroups.insert(cgroup.path) }
        }

        mutating func minuteEnd(timeNanoseconds: UInt64, durationNanoseconds: UInt64) {
            if isImported { imported.note(timeNanoseconds) } else { recorded.note(timeNanoseconds) }
            isImported = false
        }

        private static let importStart = Array(#"{"type":"import""#.utf8)

        mutating func line(_ text: ArraySlice<UInt8>, timeNanoseconds: UInt64) {
            guard text.starts(with: Self.importStart) else { return }
            var cursor = JSONCursor(Array(text))
            var (source, count) = ("", 0.0)
            // What this program wrote; another's is left out.
            try? cursor.beginObject()
            while let key = try? cursor.nextKey() {
                switch cursor.text(key) {
                case "source": source = (try? cursor.string()) ?? ""
                case "minutes": count = (try? cursor.number()) ?? 0
                default: guard (try? cursor.skip(depth: 4)) != nil else { return }
                }
            }
            sources[source, default: 0] += Int(exactly: count) ?? 0
        }
    }

    func run() throws {
        let reader = try range.reader()
        var windows = Extent(reader.files.filter { $0.tier == .fine })
        var scans: [HistoryReader.Scan] = []
        if check {
            var extent = HistoryExtent()
            scans.append(try range.scan(reader, .fine, into: &extent))
            windows.take(extent)
        } else {
            windows.take(try range.extent(reader, .fine))
        }
        let coarse = reader.files.filter { $0.tier == .coarse }
        var minutes = Extents(coarse)
        // Recorded files say what they have; which minutes are of imports is in the minutes.
        if check || coarse.contains(where: \.isImported) {
            scans.append(try range.scan(reader, .coarse, into: &minutes))
        } else {
            minutes.recorded.take(try range.extent(reader, .coarse))
        }
        if json { printJSON(reader, windows, minutes) } else { printText(reader, windows, minutes) }
        let damaged = scans.reduce(0) { $0 + $1.damaged.count - $1.torn }
        if check, damaged > 0 {
            let files = scans.reduce(0) { $0 + $1.files }
            throw AgentError(.failed, "\(reader.directory): \(damaged) of \(files) files \(damaged == 1 ? "is" : "are") damaged")
        }
    }

    private func printText(_ reader: HistoryReader, _ windows: Extent, _ minutes: Extents) {
        print("\(reader.directory): \(Compact.bytes(Double(reader.byteCount)))B in \(reader.files.count) files")
        show("windows", windows)
        show("minutes", minutes.recorded)
        guard minutes.imported.files > 0 else { return }
        let sources = minutes.sources.keys.sorted().joined(separator: "; ")
        show("imported", minutes.imported, " of \(minutes.cgroups.count) cgroups from \(sources)")
    }

    private func show(_ what: String, _ extent: Extent, _ more: String = "") {
        guard let first = extent.first, let last = extent.last else { return print("\(what): none of that time") }
        print(
            "\(what): \(extent.count)\(more), \(Compact.date(first)) to \(Compact.date(last)), \(Compact.bytes(Double(extent.bytes)))B in \(extent.files) files"
        )
    }

    private func printJSON(_ reader: HistoryReader, _ windows: Extent, _ minutes: Extents) {
        func fields(_ extent: Extent, _ line: inout JSONLine) {
            line.field("count", extent.count)
            line.field("first_s", extent.first.map { Double($0) / 1e9 } ?? .nan)
            line.field("last_s", extent.last.map { Double($0) / 1e9 } ?? .nan)
            line.field("files", extent.files)
            line.field("bytes", extent.bytes)
        }

        var line = JSONLine()
        line.line("history") { line in
            line.field("directory", reader.directory)
            line.field("bytes", reader.byteCount)
            line.array("tiers") { line in
                for (tier, extent) in [("windows", windows), ("minutes", minutes.recorded)] {
                    line.elementObject { line in
                        line.field("tier", tier)
                        fields(extent, &line)
                    }
                }
            }
            guard minutes.imported.files > 0 else { return }
            line.object("imported") { line in
                fields(minutes.imported, &line)
                line.field("cgroups", minutes.cgroups.count)
                line.object("sources") { line in
                    for (source, count) in minutes.sources.sorted(by: { $0.key < $1.key }) {
                        line.field(named: source, Double(count))
                    }
                }
            }
        }
        print(String(decoding: line.bytes, as: UTF8.self), terminator: "")
    }
}
