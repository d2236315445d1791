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
                text += Self.row(
                    ["policy", "quantile", "coverage", "pinball", "loss/vpa", "capacity/peak"]
                )
            }
            text += Self.row([
                line.policy,
                "\(line.quantile)",
                Self.fixed(line.coverage, 4),
                Self.significant(line.meanLoss),
                Self.fixed(line.lossOverReference, 3),
                Self.fixed(line.capacityOverPeak, 3),
            ])
        }
        return text
    }

    /// One JSON object: the configuration and every line of the table.
    package var json: String {
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
                "\"coverage\":\(Self.number(line.coverage))",
                "\"pinball_loss\":\(Self.number(line.meanLoss))",
                "\"loss_over_vpa\":\(Self.number(line.lossOverReference))",
                "\"capacity_over_peak\":\(Self.number(line.capacityOverPeak))",
            ].joined(separator: ",")
        }
        return "{\"horizons_s\":[\(horizons)],\"quantiles\":[\(quantiles)],\"scores\":[{"
            + entries.joined(separator: "},{") + "}]}\n"
    }

    private static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "null" }
        return "\(value)"
    }

    private static func row(_ cells: [String]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: max(0, 14 - cell.count))
            line += index == 0 ? cell + padding : padding + cell
        }
        return line + "\n"
    }

    private static func fixed(_ value: Double?, _ places: Int) -> String {
        guard let value, value.isFinite, abs(value) < 1e9 else { return "-" }
        let scale = places == 4 ? 10_000.0 : 1_000.0
        let scaled = Int((value * scale).rounded())
        let digits = String(scaled % Int(scale))
        let padding = String(repeating: "0", count: places - digits.count)
        return "\(scaled / Int(scale)).\(padding)\(digits)"
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
