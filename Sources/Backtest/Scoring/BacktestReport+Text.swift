internal import Aggregates
internal import Glibc

extension BacktestReport {
    /// A table for people: one block per horizon and resource.
    package var table: String {
        var text = ""
        var heading = ""
        for line in lines {
            let name = line.resource?.name ?? "all resources"
            let current = "\(name), lead \(line.horizonSeconds) s"
            if current != heading {
                heading = current
                text += text.isEmpty ? "" : "\n"
                text += "\(current): \(line.seriesCount) series, \(line.scoredCount) forecasts\n"
                text += gapLine(horizonSeconds: line.horizonSeconds, resource: line.resource)
                text += Self.row(
                    ["policy", "quantile", "coverage", "pinball", "loss/vpa", "capacity/peak"]
                )
            }
            text += Self.row([
                line.policy,
                "\(line.quantile)",
                ReportText.fixed(line.coverage, places: 4),
                Self.significant(line.meanLoss),
                ReportText.fixed(line.lossOverReference, places: 3),
                ReportText.fixed(line.capacityOverPeak, places: 3),
            ])
        }
        return text + worstTable
    }

    /// The coverage gap of long series; empty without any.
    private func gapLine(horizonSeconds: Int64, resource: Resource?) -> String {
        let gaps = configuration.quantiles.indices.compactMap { index in
            meanCoverageGap(
                horizonSeconds: horizonSeconds,
                resource: resource,
                quantileIndex: index
            ).map { "\(ReportText.fixed($0, places: 3)) at \(configuration.quantiles[index])" }
        }
        guard !gaps.isEmpty else { return "" }
        return "mean coverage gap of headroom over series with 1000 forecasts or more, points: "
            + gaps.joined(separator: ", ") + "\n"
    }

    private var worstTable: String {
        let worst = worst(10)
        guard series.count > 2, let first = worst.first else { return "" }
        var text = "\nworst series, loss over the best rule's at quantile \(first.quantile)\n"
        for line in worst {
            let ratio = line.lossOverBest.isFinite ? ReportText.fixed(line.lossOverBest, places: 3) : "inf"
            text += Self.row([ratio, line.bestPolicy])
            text.removeLast()
            text += "  \(line.application) \(line.resource.name), lead \(line.horizonSeconds) s: "
            text += "\(line.reason)\n"
        }
        return text
    }

    /// One JSON object: the configuration, every line of the table and the worst ten series;
    /// with `perSeries`, the score of every policy on every series too.
    package func json(perSeries: Bool = false) -> String {
        let horizons = configuration.horizonsSeconds.map { "\($0)" }.joined(separator: ",")
        let quantiles = configuration.quantiles.map { "\($0)" }.joined(separator: ",")
        let entries = lines.map { line in
            [
                "\"resource\":" + (line.resource.map { "\"\($0.name)\"" } ?? "null"),
                "\"horizon_s\":\(line.horizonSeconds)",
                "\"policy\":\"\(line.policy)\"",
                "\"quantile\":\(line.quantile)",
                "\"series\":\(line.seriesCount)",
                "\"scored\":\(line.scoredCount)",
                "\"coverage\":\(ReportText.number(line.coverage))",
                "\"pinball_loss\":\(ReportText.number(line.meanLoss))",
                "\"loss_over_vpa\":\(ReportText.number(line.lossOverReference))",
                "\"capacity_over_peak\":\(ReportText.number(line.capacityOverPeak))",
            ].joined(separator: ",")
        }
        let worst = worst(10).map { line in
            [
                "\"application\":\(ReportText.quoted(line.application))",
                "\"resource\":\"\(line.resource.name)\"",
                "\"horizon_s\":\(line.horizonSeconds)",
                "\"quantile\":\(line.quantile)",
                "\"best_policy\":\"\(line.bestPolicy)\"",
                "\"loss_over_best\":\(ReportText.number(line.lossOverBest))",
                "\"scored\":\(line.score.count)",
                "\"coverage\":\(ReportText.number(line.score.coverage))",
                "\"reason\":\"\(line.reason)\"",
            ].joined(separator: ",")
        }
        return "{\"horizons_s\":[\(horizons)],\"quantiles\":[\(quantiles)],"
            + "\"scores\":\(Self.objects(entries)),\"worst\":\(Self.objects(worst))"
            + (perSeries ? ",\"series\":\(Self.objects(seriesEntries))" : "") + "}\n"
    }

    private var seriesEntries: [String] {
        series.flatMap { series in
            series.policies.flatMap { policy in
                zip(configuration.quantiles, policy.quantiles).map { quantile, score in
                    [
                        "\"application\":\(ReportText.quoted(series.application))",
                        "\"resource\":\"\(series.resource.name)\"",
                        "\"horizon_s\":\(series.horizonSeconds)",
                        "\"policy\":\"\(policy.policy)\"",
                        "\"quantile\":\(quantile)",
                        "\"scored\":\(score.count)",
                        "\"covered\":\(score.coveredCount)",
                        "\"pinball_loss\":\(ReportText.number(score.meanLoss))",
                    ].joined(separator: ",")
                }
            }
        }
    }

    private static func objects(_ entries: [String]) -> String {
        entries.isEmpty ? "[]" : "[{" + entries.joined(separator: "},{") + "}]"
    }

    private static func row(_ cells: [String]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: max(0, 14 - cell.count))
            line += index == 0 ? cell + padding : padding + cell
        }
        return line + "\n"
    }

    /// Four significant digits.
    private static func significant(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "-" }
        guard value > 0 else { return "0" }
        let unit = pow(10, log10(value).rounded(.down) - 3)
        let rounded = (value / unit).rounded() * unit
        return (1_000..<1e15).contains(rounded) ? "\(Int(rounded))" : "\(Float(rounded))"
    }
}
