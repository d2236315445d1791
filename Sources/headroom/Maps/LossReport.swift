internal import Agent
internal import Aggregates
internal import HeadroomABI
internal import NodeView

/// What a running agent has lost since its start, by cause.
struct LossReport {
    let entries: [(cause: LossCause, total: UInt64)]
    /// Since the agent's start.
    let seconds: Double

    init(_ agent: borrowing RunningAgent) {
        let totals = agent.header.elements(of: \.losses, as: UInt64.self)
        entries = LossCause.all.map { ($0, totals[$0.index]) }
        let started = agent.header.started_ns
        seconds = Double(RunningAgent.now &- min(started, RunningAgent.now)) / 1e9
    }

    /// Causes, counts and meanings.
    var short: String {
        var table = TextTable([("LOSS", .left), ("COUNT", .right), ("MEANING", .left)])
        for (cause, total) in entries { table.add([cause.name, String(total), cause.meaning]) }
        return table.lines.joined(separator: "\n")
    }

    /// With rates, and what to do about what there was.
    var text: String {
        var table = TextTable([
            ("LOSS", .left), ("COUNT", .right), ("PER S", .right), ("MEANING", .left),
        ])
        for (cause, total) in entries {
            table.add([cause.name, String(total), total == 0 ? "-" : Self.rate(perSecond(total)), cause.meaning])
        }
        var lines = [table.lines[0]]
        for (line, entry) in zip(table.lines.dropFirst(), entries) {
            lines.append(line)
            if entry.total > 0 { lines.append("  to do: \(entry.cause.remedy)") }
        }
        let lost = entries.filter { $0.total > 0 }.count
        let time = Compact.clock(seconds: Int(seconds))
        lines.append(
            lost == 0
                ? "\nnothing was lost in \(time)"
                : "\n\(lost) of \(entries.count) causes in \(time); rates are means since the agent's start")
        return lines.joined(separator: "\n")
    }

    func write(to line: inout JSONLine) {
        for (cause, total) in entries {
            line.line("loss") { line in
                line.field("cause", cause.name)
                line.field("total", total)
                line.field("per_s", perSecond(total))
                line.field("meaning", cause.meaning)
                line.field("to_do", cause.remedy)
            }
        }
    }

    private func perSecond(_ total: UInt64) -> Double { seconds > 0 ? Double(total) / seconds : 0 }

    private static func rate(_ perSecond: Double) -> String {
        perSecond < 0.001 ? "<0.001" : Compact.fixed(perSecond, perSecond < 1 ? 3 : perSecond < 100 ? 1 : 0)
    }
}
