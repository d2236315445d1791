internal import Agent
internal import History
internal import NodeView

/// What an import comes to, in words and as a JSON line.
struct ImportResult {
    let feed: ImportFeed
    let directory: String
    let keepNanoseconds: Int64
    let isDryRun: Bool

    private var summary: ImportSummary { feed.summary }

    var text: String {
        var text =
            "\(directory): \(isDryRun ? "would have " : "")\(summary.written) minutes of \(summary.cgroups) cgroups from \(feed.rows) rows"
        if let first = summary.firstNanoseconds, let last = summary.lastNanoseconds {
            text += ", \(Compact.date(first)) to \(Compact.date(last))"
        }
        if summary.files > 0 { text += ", \(Compact.bytes(Double(summary.bytes)))B in \(summary.files) files" }
        text += "\n"
        let left = [
            (summary.present, "minutes that the history has already"),
            (summary.repeated, "minutes that were given twice"),
            (summary.tooOld, "minutes older than \(span) (--keep, history.keep)"),
            (summary.tooNew, "minutes that were not over two minutes ago"),
            (summary.withoutRoom, "minutes beyond half of history.size"),
            (feed.unreadable, "rows that could not be read"),
        ]
        for (count, what) in left where count > 0 { text += "left out: \(count) \(what)\n" }
        if feed.resets > 0 { text += "\(feed.resets) counters began anew\n" }
        if feed.others > 0 { text += "\(feed.others) lines were about other things\n" }
        return text
    }

    private var span: String {
        let days = Double(keepNanoseconds) / 86_400e9
        return "\(Compact.fixed(days, days < 10 ? 1 : 0)) days"
    }

    /// Why the history has nothing of it, and what to do; nil where it has.
    func problem(now: UInt64) -> String? {
        guard summary.written == 0, summary.present == 0 else { return nil }
        let text = "nothing was imported: "
        if summary.tooOld > 0 {
            let old = text + "\(summary.tooOld) minutes are older than \(span)"
            guard let oldest = summary.oldestNanoseconds else { return old + "; the first is of 1970" }
            let days = (now - min(now, oldest)) / 86_400_000_000_000 + 1
            return old + "; --keep \(days)d takes them all, into a history of their own (--history DIR): "
                + "an agent removes from its own what is older than history.keep"
        }
        if summary.withoutRoom > 0 { return text + "imports have half of history.size already; raise it" }
        if summary.tooNew > 0 { return text + "\(summary.tooNew) minutes were not over two minutes ago; wait until they are" }
        return text + "\(feed.rows) rows make no minute: of a counter two snapshots are needed"
    }

    var json: [UInt8] {
        var line = JSONLine()
        line.line("import") { line in
            line.field("directory", directory)
            line.field("dry_run", isDryRun)
            line.field("rows", feed.rows)
            line.field("cgroups", summary.cgroups)
            line.field("minutes", summary.written)
            line.field("first_s", summary.firstNanoseconds.map { Double($0) / 1e9 } ?? .nan)
            line.field("last_s", summary.lastNanoseconds.map { Double($0) / 1e9 } ?? .nan)
            line.field("files", summary.files)
            line.field("bytes", summary.bytes)
            line.object("left_out") { line in
                line.field("present", summary.present)
                line.field("repeated", summary.repeated)
                line.field("too_old", summary.tooOld)
                line.field("too_new", summary.tooNew)
                line.field("without_room", summary.withoutRoom)
                line.field("unreadable_rows", feed.unreadable)
            }
            line.field("counter_resets", feed.resets)
            line.field("other_lines", feed.others)
        }
        return line.bytes
    }
}
