internal import Backtest
internal import Glibc
internal import History

/// What readers of files hand on, and what they could not read. One thread.
final class ImportFeed {
    let history: HistoryImport
    var summary = ImportSummary()
    /// With at least one figure.
    private(set) var rows = 0
    private(set) var unreadable = 0
    /// Of kinds that an import has no use for: plans, forecasts, other keys.
    private(set) var others = 0
    /// Counters that began anew.
    var resets = 0
    private var firstRefusal: String?
    private static let toldLimit = 5

    init(_ history: HistoryImport) { self.history = history }

    func note() { rows += 1 }
    func noteOther() { others += 1 }

    /// A row that cannot be read; the first few are told, all are counted.
    func refuse(_ path: String, _ line: Int, _ problem: @autoclosure () -> String) {
        unreadable += 1
        guard unreadable <= Self.toldLimit else { return }
        let text = "\(path):\(line): \(problem())"
        if firstRefusal == nil { firstRefusal = text }
        StandardError.complain(text + (unreadable == Self.toldLimit ? "; further ones are counted alone" : ""))
    }

    /// For an import that has nothing else.
    var refusals: String { firstRefusal.map { "; \(unreadable) rows could not be read, the first: \($0)" } ?? "" }

    /// Lines of a file, gzip or not; `-`: standard input.
    static func lines(of path: String, _ body: (Int, [UInt8]) throws -> Void) throws {
        var reader = try LineReader(path: path == "-" ? "/dev/stdin" : path)
        while try reader.advance() {
            if !reader.line.isEmpty { try body(reader.number, reader.line) }
        }
    }

    /// At most 40 characters: what came from outside does not flood a terminal.
    static func excerpt(_ text: some Sequence<UInt8>) -> String {
        String(decoding: text.prefix(40).map { $0 < 0x20 ? 0x3F : $0 }, as: UTF8.self)
    }
}
