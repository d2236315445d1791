internal import Aggregates

extension SimulationReport {
    /// A table for people: one block a resource.
    package var table: String {
        var text = "lead \(setup.leadSeconds) s, cost = hold + \(setup.costRatio) x shortage"
        text += setup.isPooled ? ", applications pooled\n" : "\n"
        var heading = ""
        for line in lines {
            let current = line.resource?.name ?? "all resources"
            if current != heading {
                heading = current
                let noun = setup.isPooled ? "pool" : "series"
                text += "\n\(current): \(line.seriesCount) \(noun)\n"
                text += Self.row([
                    "policy", "hold %", "shortage %", "time short %", "cost", "cost/reactive",
                    "changes/day",
                ])
            }
            text += Self.row([
                line.policy.rawValue,
                Self.fixed(line.hold * 100, places: 1),
                Self.fixed(line.shortage * 100, places: 2),
                Self.fixed(line.violationTime * 100, places: 2),
                Self.fixed(line.cost, places: 3),
                Self.fixed(line.costOverReference, places: 3),
                Self.fixed(line.changesPerDay, places: 1),
            ])
        }
        if !unscored.isEmpty {
            text += "\n\(unscored.count) series without any demand left out\n"
        }
        return text
    }

    /// One JSON object: what was asked, every line of the table, every series. Shares of demand
    /// and of time are given as fractions.
    package var json: String {
        let summary = lines.map { line in
            let fields = [
                "\"resource\":" + (line.resource.map { "\"\($0.name)\"" } ?? "null"),
                "\"policy\":\"\(line.policy.rawValue)\"",
                "\"series\":\(line.seriesCount)",
                "\"hold\":\(Self.number(line.hold))",
                "\"shortage\":\(Self.number(line.shortage))",
                "\"violation_time\":\(Self.number(line.violationTime))",
                "\"cost\":\(Self.number(line.cost))",
                "\"cost_over_reactive\":\(Self.number(line.costOverReference))",
                "\"changes_per_day\":\(Self.number(line.changesPerDay))",
            ]
            return "{" + fields.joined(separator: ",") + "}"
        }
        let series = results.map { result in
            let fields = [
                "\"application\":\(Self.quoted(result.name))",
                "\"resource\":\"\(result.resource.name)\"",
                "\"policy\":\"\(result.policy.rawValue)\"",
                "\"hold\":\(Self.number(result.score?.hold))",
                "\"shortage\":\(Self.number(result.score?.shortage))",
                "\"violation_time\":\(Self.number(result.score?.violationTime))",
                "\"cost\":\(Self.number(result.score?.cost))",
                "\"changes_per_day\":\(Self.number(result.score?.changesPerDay))",
            ]
            return "{" + fields.joined(separator: ",") + "}"
        }
        return "{\"lead_s\":\(setup.leadSeconds),\"cost_ratio\":\(setup.costRatio),"
            + "\"pooled\":\(setup.isPooled),\"summary\":[\(summary.joined(separator: ","))],"
            + "\"series\":[\(series.joined(separator: ","))]}\n"
    }

    private static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "null" }
        return "\(value)"
    }

    /// A JSON string; a file's name may hold anything.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func row(_ cells: [String]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let width = index == 0 ? 10 : 14
            let padding = String(repeating: " ", count: max(1, width - cell.count))
            line += index == 0 ? cell + padding : padding + cell
        }
        return line + "\n"
    }

    private static func fixed(_ value: Double?, places: Int) -> String {
        guard let value, value.isFinite, value.magnitude < 1e12 else { return "-" }
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let units = Int((value * Double(scale)).rounded())
        let digits = String(units % scale)
        return "\(units / scale)." + String(repeating: "0", count: places - digits.count) + digits
    }
}
