internal import Agent
internal import NodeView
internal import ArgumentParser
internal import Glibc
internal import History

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
              headroom history --check                 also: is all of it whole?
            """
    )

    @OptionGroup var range: HistoryRange

    @Flag(help: "One JSON object.")
    var json = false

    @Flag(help: "Read every file whole, and say which are damaged.")
    var check = false

    func run() throws {
        let reader = try range.reader()
        var extents: [(tier: HistoryTier, extent: HistoryExtent, files: Int, bytes: Int)] = []
        for tier in HistoryTier.allCases {
            let extent = try range.extent(reader, tier, readsAll: check)
            let files = reader.files.filter { $0.tier == tier }
            extents.append((tier, extent, files.count, files.reduce(0) { $0 + $1.byteCount }))
        }
        if json { return printJSON(reader, extents) }
        print("\(reader.directory): \(Compact.bytes(Double(reader.byteCount)))B in \(reader.files.count) files")
        for (tier, extent, files, bytes) in extents {
            let what = tier == .fine ? "windows" : "minutes"
            guard let first = extent.first, let last = extent.last else {
                print("\(what): none of that time")
                continue
            }
            print("\(what): \(extent.count), \(Compact.date(first)) to \(Compact.date(last)), \(Compact.bytes(Double(bytes)))B in \(files) files")
        }
    }

    private func printJSON(_ reader: HistoryReader, _ extents: [(tier: HistoryTier, extent: HistoryExtent, files: Int, bytes: Int)]) {
        var line = JSONLine()
        line.line("history") { line in
            line.field("directory", reader.directory)
            line.field("bytes", reader.byteCount)
            line.array("tiers") { line in
                for (tier, extent, files, bytes) in extents {
                    line.elementObject { line in
                        line.field("tier", tier == .fine ? "windows" : "minutes")
                        line.field("count", extent.count)
                        line.field("first_s", extent.first.map { Double($0) / 1e9 } ?? .nan)
                        line.field("last_s", extent.last.map { Double($0) / 1e9 } ?? .nan)
                        line.field("files", files)
                        line.field("bytes", bytes)
                    }
                }
            }
        }
        print(String(decoding: line.bytes, as: UTF8.self), terminator: "")
    }
}
