internal import Aggregates
internal import HeadroomABI
internal import Planner
internal import Terminal

/// A cgroup's resources: in use, forecast by lead and quantile, buffer, limit, last windows.
struct ResourceTable {
    let moment: NodeMoment
    let row: CgroupRow
    /// Nil for a moment of which only figures are kept.
    let detail: CgroupDetail?
    let forecasts: CgroupForecasts?

    func lines(columns: Int) -> [StyledLine] {
        let quantiles = shownQuantiles(columns)
        let horizons = moment.facts.horizonsSeconds
        var title = TextCells.padded("", 10) + TextCells.right("NOW", 7) + TextCells.right("OVER", 7)
        for quantile in quantiles {
            title += TextCells.right(Quantity.percentile(moment.facts.quantiles[quantile]).uppercased(), 7)
        }
        title += TextCells.right("BUFFER", 8) + TextCells.right("LIMIT", 8)
        let sparkColumn = title.count + 2
        let sparkWidth = max(0, min(WindowHistory.length, columns - sparkColumn))
        if sparkWidth >= 8 { title += sparkWidth >= 12 ? "  LAST WINDOWS" : "  BEFORE" }
        var lines = [StyledLine(TextCells.padded(title, columns), CellStyle(bold: true))]
        for resource in Resource.measured {
            for horizon in horizons.indices {
                // One lead says enough of what nothing is forecast for.
                if horizon > 0, !hasForecast(resource, horizon) { continue }
                lines.append(
                    line(resource, horizon, isFirst: horizon == 0, quantiles, sparkWidth: sparkWidth))
            }
        }
        return lines
    }

    /// Those with the widest reach that there is room for.
    private func shownQuantiles(_ columns: Int) -> [Int] {
        let all = moment.facts.quantiles
        let room = max(1, min(6, (columns - 10 - 14 - 16 - 10) / 7))
        guard all.count > room else { return Array(all.indices) }
        let wanted = [0.95, 0.5, 0.99, 0.9].prefix(room)
        return Set(wanted.compactMap { WindowHistory.nearest(to: $0, of: all) }).sorted()
    }

    private func hasForecast(_ resource: Resource, _ horizon: Int) -> Bool {
        moment.facts.quantiles.indices.contains { forecast(resource, horizon, $0) != nil }
    }

    private func forecast(_ resource: Resource, _ horizon: Int, _ quantile: Int) -> Double? {
        forecasts?[resource, horizon, quantile]
    }

    private func line(
        _ resource: Resource, _ horizon: Int, isFirst: Bool, _ quantiles: [Int], sparkWidth: Int
    ) -> StyledLine {
        func text(_ value: Double?) -> String {
            guard let value, value.isFinite else { return "-" }
            return Compact.value(value, resource)
        }
        let figure = Figure(resource)!
        var line = StyledLine(TextCells.padded(isFirst ? resource.name : "", 10), CellStyle(.cyan, bold: true))
        let now = row.figures[figure]
        line.add(TextCells.right(isFirst ? text(Double(now)) : "", 7), .bold)
        line.add(TextCells.right(Self.lead(moment.facts.horizonsSeconds[horizon]), 7), .dim)
        for quantile in quantiles {
            let value = forecast(resource, horizon, quantile)
            line.add(TextCells.right(text(value), 7), value.map { Float($0) < now } == true ? CellStyle(.magenta) : .plain)
        }
        guard isFirst else { return line }
        let buffer = row.buffer(resource)
        line.add(TextCells.right(text(buffer.isNaN ? nil : Double(buffer)), 8), CellStyle(.green))
        line.add(TextCells.right(limit(resource) ?? "-", 8))
        if sparkWidth >= 8 {
            let history = moment.details.history(figure, of: row.id)
            line.add("  " + Sparkline.draw(history, width: sparkWidth), CellStyle(.blue))
        }
        return line
    }

    private func limit(_ resource: Resource) -> String? {
        switch resource {
        case .cpu:
            guard let limit = detail?.detail.cpu_limit_cores, limit > 0 else { return nil }
            return Compact.cores(Double(limit))
        case .memory: return detail?.detail.memoryLimit.map { Compact.bytes(Double($0)) }
        default: return nil
        }
    }

    /// `30s`, `5m`, `1h`.
    static func lead(_ seconds: Double) -> String {
        if seconds >= 3600, seconds.truncatingRemainder(dividingBy: 3600) == 0 { return "\(Int(seconds / 3600))h" }
        if seconds >= 60, seconds.truncatingRemainder(dividingBy: 60) == 0 { return "\(Int(seconds / 60))m" }
        return Quantity.number(seconds).replacing(".0", with: "") + "s"
    }
}
