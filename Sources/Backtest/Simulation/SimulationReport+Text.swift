internal import Aggregates

extension SimulationReport {
    /// A table for people: one block a resource.
    package var table: String {
        var text = "lead \(setup.lead.text) s, cost = hold + \(setup.costRatio) x shortage"
        text += setup.isPooled ? ", applications pooled\n" : "\n"
        if setup.failures != .none { text += "requests that fail: \(setup.failures.text)\n" }
        var heading = ""
        for line in lines {
            let current = line.resource?.name ?? "all resources"
            if current != heading {
                heading = current
                let noun = setup.isPooled ? "pool" : "series"
                text += "\n\(current): \(line.seriesCount) \(noun)\n"
                text += ReportText.row(
                    "policy",
                    [
                        "hold %", "shortage %", "time short %", "cost", "cost/reactive",
                        "changes/day",
                    ], setup.failures == .none ? [] : ["asked", "denied", "partial", "late"])
            }
            let tally = [line.tally.asked, line.tally.denied, line.tally.partial, line.tally.late]
            text += ReportText.row(
                line.name,
                [
                    ReportText.fixed(line.hold * 100, places: 1),
                    ReportText.fixed(line.shortage * 100, places: 2),
                    ReportText.fixed(line.violationTime * 100, places: 2),
                    ReportText.fixed(line.cost, places: 3),
                    ReportText.fixed(line.costOverReference, places: 3),
                    ReportText.fixed(line.changesPerDay, places: 1),
                ], setup.failures == .none ? [] : tally.map { "\($0)" })
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
                "\"apart\":\(line.isApart)",
                "\"series\":\(line.seriesCount)",
                "\"hold\":\(ReportText.number(line.hold))",
                "\"shortage\":\(ReportText.number(line.shortage))",
                "\"violation_time\":\(ReportText.number(line.violationTime))",
                "\"cost\":\(ReportText.number(line.cost))",
                "\"cost_over_reactive\":\(ReportText.number(line.costOverReference))",
                "\"changes_per_day\":\(ReportText.number(line.changesPerDay))",
                line.tally.jsonFields,
            ]
            return "{" + fields.joined(separator: ",") + "}"
        }
        let series = results.map { result in
            let fields = [
                "\"application\":\(ReportText.quoted(result.name))",
                "\"resource\":\"\(result.resource.name)\"",
                "\"policy\":\"\(result.policy.rawValue)\"",
                "\"apart\":\(result.isApart)",
                "\"hold\":\(ReportText.number(result.score?.hold))",
                "\"shortage\":\(ReportText.number(result.score?.shortage))",
                "\"violation_time\":\(ReportText.number(result.score?.violationTime))",
                "\"cost\":\(ReportText.number(result.score?.cost))",
                "\"changes_per_day\":\(ReportText.number(result.score?.changesPerDay))",
                result.tally.jsonFields,
            ]
            return "{" + fields.joined(separator: ",") + "}"
        }
        return "{\(setup.jsonFields),\"cost_ratio\":\(setup.costRatio),"
            + "\"summary\":[\(summary.joined(separator: ","))],"
            + "\"series\":[\(series.joined(separator: ","))]}\n"
    }
}

extension SimulationSetup {
    /// What was asked for, for reports.
    var jsonFields: String {
        "\"lead_s\":\(lead.medianSeconds),\"lead\":\"\(lead.text)\","
            + "\"failures\":\"\(failures.text)\",\"seed\":\(seed),\"pooled\":\(isPooled)"
    }
}

extension RequestTally {
    var jsonFields: String {
        "\"asked\":\(asked),\"denied\":\(denied),\"partial\":\(partial),\"late\":\(late)"
    }
}
