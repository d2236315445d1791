internal import Foundation

/// Everything one run of the benchmarks found: printed as it comes, kept for `--json`.
final class Report {
    /// Something that could not be measured here: in the table and the JSON too, not left out.
    struct Missing: Sendable, Encodable {
        let bench: String
        let name: String
        let reason: String
    }

    private(set) var figures: [Figure] = []
    private(set) var missing: [Missing] = []
    let machine = Machine()

    func begin() {
        Self.put(machine.text)
        Self.put(Self.row("what", "unit", "median", "quartiles", "floor or peer", "target", ""))
    }

    func add(_ figure: Figure) {
        figures.append(figure)
        let value = figure.value
        let spread =
            value.rounds > 1 ? "\(Self.number(value.low))…\(Self.number(value.high))" : ""
        let against = figure.againstValue.map {
            "\(Self.number($0.median)) \(figure.against ?? "")"
        }
        let doubt = figure.isCertain == false ? "?" : ""
        let verdict = figure.isMet.map { ($0 ? "met" : "MISSED") + doubt } ?? ""
        Self.put(
            Self.row(
                "\(figure.bench): \(figure.name)",
                figure.unit,
                Self.number(value.median),
                spread,
                against ?? "",
                figure.target.map { "≤ \(Self.number($0))" } ?? "",
                verdict
            )
        )
        if let note = figure.note { Self.put("    \(note)") }
    }

    func skip(_ bench: String, _ name: String, _ reason: String) {
        missing.append(Missing(bench: bench, name: name, reason: reason))
        Self.put(Self.row("\(bench): \(name)", "NOT MEASURED: \(reason)"))
    }

    func write(to path: String) throws {
        struct Document: Encodable {
            let machine: Machine
            let figures: [Figure]
            let missing: [Missing]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let document = Document(machine: machine, figures: figures, missing: missing)
        let data = try encoder.encode(document)
        try data.write(to: URL(filePath: path))
    }

    /// At once, also into a pipe: a run takes minutes.
    private static func put(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    /// Three significant figures.
    static func number(_ value: Double) -> String {
        let magnitude = value.magnitude
        let decimals = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3
        return String(format: "%.\(decimals)f", value)
    }

    private static func row(_ columns: String...) -> String {
        let widths = [54, 11, 8, 16, 34, 8, 0]
        return zip(columns, widths).map { text, width in
            text + String(repeating: " ", count: max(1, width - text.count))
        }.joined()
    }
}
