internal import Agent
internal import Aggregates
internal import Glibc
internal import NodeView
internal import Terminal

/// Rates of a map's counters, as a table that is refreshed in place, as tables one below the other,
/// or as lines of JSON.
struct RateReport {
    let map: String
    let counters: [MapRates.Counter]
    let top: Int
    let json: Bool
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    /// Lines of the last report, to write over.
    private var height = 0

    init(map: String, counters: [MapRates.Counter], top: Int, json: Bool) {
        self.map = map
        self.counters = counters
        self.top = top
        self.json = json
    }

    mutating func show(_ rates: [MapRates.Rate], seconds: Double) throws {
        if json { return try printJSON(rates, seconds) }
        let size = TerminalSession.size()
        let shown = isTerminal ? min(top, max(1, size.rows - 4)) : top
        let lines = text(rates, seconds, shown, columns: isTerminal ? size.columns : nil)
        guard isTerminal else {
            return try FileOutput.write(
                Array((lines.joined(separator: "\n") + "\n\n").utf8), to: STDOUT_FILENO, "standard output")
        }
        // A line that wraps would be two to write over.
        let cut = lines.map { $0.count > size.columns ? String($0.prefix(size.columns - 1)) + "…" : $0 }
        let up = height > 0 ? "\u{1b}[\(height)A\r" : ""
        let screen = up + cut.map { $0 + "\u{1b}[K\n" }.joined() + "\u{1b}[J"
        height = cut.count
        try FileOutput.write(Array(screen.utf8), to: STDOUT_FILENO, "standard output")
    }

    /// - Parameter columns: of the terminal, into which names are made to fit; nil: whole paths.
    private func text(
        _ rates: [MapRates.Rate], _ seconds: Double, _ shown: Int, columns: Int?
    ) -> [String] {
        let head =
            "\(map)  \(rates.count) growing  over \(Compact.fixed(seconds, 1)) s  \(Compact.timeOfDay(RunningAgent.now))"
        let hasCPU = rates.contains { $0.cpu != nil }
        let titles = ["KEY"] + (hasCPU ? ["CPU"] : []) + counters.map { $0.name + "/s" }
        var rows = rates.prefix(shown).map { rate in
            [rate.key.text] + (hasCPU ? [rate.cpu.map(String.init) ?? ""] : [])
                + zip(counters, rate.perSecond).map { Self.cell($0.name, $1) }
        }
        rows.append([""] + (hasCPU ? [""] : []) + counters.indices.map { Self.cell(counters[$0].name, total(rates, $0)) })
        let taken = titles.indices.reduce(0) { sum, column in
            sum + (rows.map { $0[column].count } + [titles[column].count]).max()! + 2
        }
        let room = columns.map { max(12, $0 - taken) } ?? .max
        let names = rates.prefix(shown).map { Self.name($0, room: room, whole: columns == nil) } + ["sum"]
        var table = TextTable(
            [(titles[0], .right), ("", .left)] + titles.dropFirst().map { ($0, .right) })
        for (row, name) in zip(rows, names) { table.add([row[0], name] + row.dropFirst()) }
        var lines = [head] + table.lines
        if rates.count > shown { lines.append("and \(rates.count - shown) more") }
        return lines
    }

    /// The end of a path says more than its beginning, a container's name more than both.
    static func name(_ rate: MapRates.Rate, room: Int, whole: Bool) -> String {
        if let cause = rate.cause { return cause }
        guard let path = rate.cgroup else { return "" }
        let identity = whole ? nil : CgroupIdentity(path: path)
        let name = identity.map { $0.kind.isWorkload ? $0.displayName : path } ?? path
        let text = name + (rate.shard.map { " shard \($0)" } ?? "")
        return text.count > room ? "…" + text.suffix(room - 1) : text
    }

    private func total(_ rates: [MapRates.Rate], _ index: Int) -> Double {
        rates.reduce(0) { $0 + $1.perSecond[index] }
    }

    /// Time a second as time, bytes with their prefix, else a number.
    static func cell(_ name: String, _ perSecond: Double) -> String {
        guard perSecond > 0 else { return "-" }
        if name.hasSuffix("_ns") { return Compact.duration(nanoseconds: perSecond) }
        if name.hasSuffix("_bytes") { return Compact.bytes(perSecond) + "B" }
        return Compact.fixed(perSecond, perSecond < 10 ? 1 : 0)
    }

    private func printJSON(_ rates: [MapRates.Rate], _ seconds: Double) throws {
        var line = JSONLine()
        let now = Double(RunningAgent.now) / 1e9
        for rate in rates {
            line.line("rate") { line in
                line.field("map", map)
                line.field("time_s", now)
                rate.key.write("key", to: &line)
                if let cause = rate.cause { line.field("cause", cause) }
                if let cgroup = rate.cgroup { line.field("cgroup", cgroup) }
                if let shard = rate.shard { line.field("shard", shard) }
                if let cpu = rate.cpu { line.field("cpu", cpu) }
                line.object("per_s") { line in
                    for (counter, value) in zip(counters, rate.perSecond) {
                        line.field(named: counter.name, value)
                    }
                }
            }
        }
        line.line("rates") { line in
            line.field("map", map)
            line.field("time_s", now)
            line.field("interval_s", seconds)
            line.field("entries", rates.count)
            line.object("per_s") { line in
                for index in counters.indices { line.field(named: counters[index].name, total(rates, index)) }
            }
        }
        try FileOutput.write(line.bytes, to: STDOUT_FILENO, "standard output")
    }
}
