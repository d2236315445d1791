package import Aggregates

/// The outcome of a Pareto study.
package struct ParetoReport: Sendable {
    package let setup: SimulationSetup
    package let costRatios: [Double]
    /// All of one policy and ratio together, by resource.
    package let points: [ParetoPoint]

    /// Points of one resource that no other of it beats in both hold and shortage.
    package func frontier(of resource: Resource?) -> [ParetoPoint] {
        let all = points.filter { $0.line.resource == resource }
        return all.filter { point in !all.contains { point.isDominated(by: $0) } }
    }

    /// A table for people: one block a resource.
    package var table: String {
        var text = "lead \(setup.lead.text) s"
        text += setup.isPooled ? ", applications pooled\n" : "\n"
        text += "* no other row holds less and is short of less; "
        text += "right: cost over reactive when a shortage costs 1, 2, ... times what holding does\n"
        for resource in scopes {
            let rows = points.filter { $0.line.resource == resource }
            let frontier = frontier(of: resource)
            let noun = setup.isPooled ? "pool" : "series"
            text += "\n\(resource?.name ?? "all resources"): \(rows[0].line.seriesCount) \(noun)\n"
            text += ReportText.row(
                "  policy, ratio",
                ["hold %", "shortage %", "time short %", "changes/day"],
                costRatios.map { "x \(ReportText.trimmed($0))" }
            )
            for point in rows {
                let mark = frontier.contains(point) ? "* " : "  "
                let ratio = point.plannedFor.map { " \(ReportText.trimmed($0))" } ?? ""
                text += ReportText.row(
                    mark + point.line.name + ratio,
                    [
                        ReportText.fixed(point.line.hold * 100, places: 1),
                        ReportText.fixed(point.line.shortage * 100, places: 3),
                        ReportText.fixed(point.line.violationTime * 100, places: 2),
                        ReportText.fixed(point.line.changesPerDay, places: 1),
                    ],
                    point.costOverReference.map { ReportText.fixed($0, places: 3) }
                )
            }
        }
        return text
    }

    /// One JSON object. Shares of demand and of time are given as fractions.
    package var json: String {
        let rows = scopes.flatMap { resource in
            let frontier = frontier(of: resource)
            return points.filter { $0.line.resource == resource }.map { point in
                let line = point.line
                let costs = point.costOverReference.map(ReportText.number)
                let fields = [
                    "\"resource\":" + (resource.map { "\"\($0.name)\"" } ?? "null"),
                    "\"policy\":\"\(line.policy.rawValue)\"",
                    "\"apart\":\(line.isApart)",
                    "\"planned_for_ratio\":\(ReportText.number(point.plannedFor))",
                    "\"series\":\(line.seriesCount)",
                    "\"hold\":\(ReportText.number(line.hold))",
                    "\"shortage\":\(ReportText.number(line.shortage))",
                    "\"violation_time\":\(ReportText.number(line.violationTime))",
                    "\"changes_per_day\":\(ReportText.number(line.changesPerDay))",
                    "\"on_frontier\":\(frontier.contains(point))",
                    "\"cost_over_reactive\":[\(costs.joined(separator: ","))]",
                ]
                return "{" + fields.joined(separator: ",") + "}"
            }
        }
        let ratios = costRatios.map { "\($0)" }.joined(separator: ",")
        return "{\(setup.jsonFields),\"cost_ratios\":[\(ratios)],"
            + "\"pareto\":[\(rows.joined(separator: ","))]}\n"
    }

    private var scopes: [Resource?] {
        var seen: [Resource?] = []
        for point in points where !seen.contains(point.line.resource) {
            seen.append(point.line.resource)
        }
        return seen
    }
}
