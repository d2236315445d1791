internal import Aggregates
internal import Planner
internal import Terminal

/// The last windows of a resource as columns, and beside them what is forecast: for each lead the
/// quantiles, rising, on the same scale.
struct ForecastPlot {
    let moment: NodeMoment
    let row: CgroupRow
    let forecasts: CgroupForecasts?
    let resource: Resource
    /// The moment is not the present.
    let isPast: Bool

    private static let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    /// Cells of one quantile.
    fileprivate static let quantileWidth = 2
    private static let labelWidth = 7

    /// - Parameter height: rows of the plot; two more are its title and its foot.
    func lines(columns: Int, height: Int) -> [StyledLine] {
        let figure = Figure(resource)!
        let bands = bands
        let history = moment.details.history(figure, of: row.id)
        let room = columns - Self.labelWidth - 2 - bands.reduce(0) { $0 + $1.width + 2 } - 1
        let step = room >= 2 * WindowHistory.length ? 2 : 1
        let windows = Array(history.suffix(max(0, room / step)))
        let highest = (windows.filter { !$0.isNaN }.map(Double.init) + bands.flatMap(\.values)).max() ?? 0
        let top = highest > 0 ? highest : 1
        var title = StyledLine(resource.name, CellStyle(.cyan, bold: true))
        title.add(resource == .cpu ? ", cores" : resource == .memory ? ", bytes" : ", bytes a second", .bold)
        title.add(": \(windows.count) windows", .bold)
        title.add(
            bands.isEmpty
                ? isPast ? "; no forecast of then is kept" : "; no forecast yet"
                : ", then what \(isPast ? "was" : "is") forecast\(made) for the peak over each lead", .dim)
        if title.width > columns, !bands.isEmpty {
            title = title.fitting(title.width - 1)
            title.add(", then forecasts\(made)", .dim)
        }
        var lines = [title]
        for level in (0..<height).reversed() {
            var line = StyledLine(label(level, of: height, top: top), .dim)
            line.add("│", .dim)
            let blank = max(0, min(room, WindowHistory.length * step) - windows.count * step)
            line.add(String(repeating: " ", count: blank))
            line.add(bars(windows, level: level, height: height, top: top, step: step), CellStyle(.blue))
            for band in bands {
                line.add("  ")
                for (quantile, value) in band.levels {
                    let bar = bars([Float(value)], level: level, height: height, top: top, step: Self.quantileWidth)
                    line.add(bar, Self.style(quantile))
                }
            }
            lines.append(line)
        }
        var foot = StyledLine(String(repeating: " ", count: Self.labelWidth + 1))
        let bars = max(windows.count, min(room / step, WindowHistory.length)) * step
        foot.add(TextCells.padded("", max(0, bars - 3)) + "now", .dim)
        for band in bands {
            foot.add("  " + TextCells.padded(ResourceTable.lead(band.seconds), band.width), .dim)
        }
        lines.append(foot)
        if let legend = legend(bands) { lines.append(legend) }
        return lines
    }

    /// When they were made, where that was before the moment.
    private var made: String { forecasts?.madeNanoseconds.map { " at " + Compact.timeOfDay($0) } ?? "" }

    /// Nil without forecasts. Of the past not every lead has every quantile.
    private func legend(_ bands: [Band]) -> StyledLine? {
        guard let first = bands.first else { return nil }
        let isSame = bands.allSatisfy { $0.levels.map(\.quantile) == first.levels.map(\.quantile) }
        var legend = StyledLine(String(repeating: " ", count: Self.labelWidth + 1))
        legend.add("\(isSame ? "of each lead, " : "")from the left: ", .dim)
        for (index, band) in (isSame ? [first] : bands).enumerated() {
            if !isSame { legend.add((index > 0 ? "; " : "") + ResourceTable.lead(band.seconds) + " ", .dim) }
            for (place, (quantile, _)) in band.levels.enumerated() {
                legend.add((place > 0 ? ", " : "") + Quantity.percentile(quantile), Self.style(quantile))
            }
        }
        return legend
    }

    private func label(_ level: Int, of height: Int, top: Double) -> String {
        guard level == height - 1 || level == 0 || (level == height / 2 && height > 4) else {
            return String(repeating: " ", count: Self.labelWidth)
        }
        let value = level == 0 ? 0 : level == height - 1 ? top : top * (Double(level) + 0.5) / Double(height)
        return TextCells.right(Compact.value(value, resource), Self.labelWidth - 1) + " "
    }

    private func bars(_ windows: [Float], level: Int, height: Int, top: Double, step: Int) -> String {
        var line = ""
        for value in windows {
            let most = Double(height * 8)
            let eighths = Double(value) / top * most
            // Neither infinite windows nor forecasts have a share of one another.
            var filled = eighths.isNaN ? 0 : Int(max(0, min(most, eighths.rounded()))) - level * 8
            // Something is more than nothing.
            if level == 0, !value.isNaN, value > 0 { filled = max(1, filled) }
            let block = Self.blocks[max(0, min(8, filled))]
            for _ in 0..<step { line.append(block) }
        }
        return line
    }

    // MARK: Bands

    struct Band {
        let seconds: Double
        /// By rising quantile.
        let levels: [(quantile: Double, value: Double)]

        var values: [Double] { levels.map(\.value) }
        var width: Int { levels.count * ForecastPlot.quantileWidth }
    }

    private static func style(_ quantile: Double) -> CellStyle {
        quantile <= 0.5 ? CellStyle(.green) : quantile <= 0.9 ? CellStyle(.cyan)
            : quantile <= 0.95 ? CellStyle(.yellow) : CellStyle(.magenta)
    }

    private var bands: [Band] {
        guard let forecasts else { return [] }
        let facts = moment.facts
        return facts.horizonsSeconds.enumerated().compactMap { horizon, seconds in
            let levels = facts.quantiles.enumerated().compactMap { place, quantile in
                forecasts[resource, horizon, place].map { (quantile: quantile, value: $0) }
            }
            return levels.isEmpty ? nil : Band(seconds: seconds, levels: levels)
        }
    }
}
