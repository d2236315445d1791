internal import Aggregates

/// A trace and its forecasts as one SVG, a panel a resource, at the first lead time. It brings
/// its own background and follows the viewer's light or dark scheme.
struct TracePlot {
    private static let left = 76.0
    private static let width = 1_000.0
    private static let panelHeight = 190.0
    private static let panelPitch = 262.0
    private static let head = 62.0

    let application: String
    let quantiles: [Double]
    let firstSeconds: Int64
    let lastSeconds: Int64
    let panels: [PlotPanel]
    /// Scores after the burn-in, panel by panel, of the middle quantile.
    let scores: [QuantileScore]

    func write(to path: String) throws(BacktestError) {
        var file = try OutputFile(path: path)
        let height = Self.head + Self.panelPitch * Double(panels.count)
        try file.write(
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1100 \(Self.number(height))" \
            role="img" font-family="system-ui, sans-serif" font-size="12">
            <title>\(Self.escaped(application)): demand and forecast</title>
            <style>
            svg { --back: #ffffff; --text: #1f2328; --faint: #d0d7de; --demand: #1f2328; \
            --band: #54aeff; --line: #0969da; --miss: #cf222e }
            @media (prefers-color-scheme: dark) { svg { --back: #0d1117; --text: #e6edf3; \
            --faint: #30363d; --demand: #e6edf3; --band: #1f6feb; --line: #58a6ff; \
            --miss: #ff7b72 } }
            .back { fill: var(--back) } text { fill: var(--text) } \
            .grid { stroke: var(--faint); fill: none } .demand { stroke: var(--demand); \
            fill: none; stroke-width: 1.2 } .band { fill: var(--band); fill-opacity: .35 } \
            .line { stroke: var(--line); fill: none; stroke-width: 1.4 } \
            .miss { fill: var(--miss) }
            </style>
            <rect class="back" width="100%" height="100%"/>
            <text x="\(Self.number(Self.left))" y="24" font-size="16">\(Self.escaped(application))</text>

            """
        )
        try legend(&file)
        for (index, panel) in panels.enumerated() {
            try draw(
                panel,
                score: scores[index],
                top: Self.head + Self.panelPitch * Double(index) + 24,
                &file
            )
        }
        try file.write("</svg>\n")
        try file.finish()
    }

    private func legend(_ file: inout OutputFile) throws(BacktestError) {
        let middle = quantiles[quantiles.count / 2]
        try file.write(
            """
            <path class="demand" d="M76 42h20"/><text x="101" y="46">demand</text>
            <path class="line" d="M170 42h20"/><text x="195" y="46">q\(middle) of the peak ahead</text>
            <rect class="band" x="350" y="36" width="20" height="12"/><text x="375" y="46">\
            q\(quantiles[0]) to q\(quantiles[quantiles.count - 1])</text>
            <circle class="miss" cx="480" cy="42" r="3"/><text x="490" y="46">\
            peak above q\(middle), where it was forecast</text>

            """
        )
    }

    private func draw(
        _ panel: PlotPanel,
        score: QuantileScore,
        top: Double,
        _ file: inout OutputFile
    ) throws(BacktestError) {
        let filled = panel.columns.indices.filter { panel.columns[$0].count > 0 }
        let demand = filled.reduce(0) { max($0, panel.columns[$1].demandHigh) }
        let held = filled.reduce(0) {
            max($0, panel.columns[$1].high / panel.columns[$1].count)
        }
        // First forecasts may be wide: they do not squeeze the rest.
        let limit = max(min(held, 1.5 * demand), demand) * 1.04
        let scale = limit > 0 ? Self.panelHeight / limit : 0
        let y = { (value: Double) in
            Self.number(top + Self.panelHeight - min(value, limit) * scale)
        }
        let step = Self.width / Double(PlotPanel.columnCount)
        let x = { (column: Int) in Self.number(Self.left + (Double(column) + 0.5) * step) }
        try axes(panel, score: score, limit: limit, top: top, &file)
        let upper = filled.map { "\(x($0)) \(y(panel.columns[$0].high / panel.columns[$0].count))" }
        let lower = filled.reversed().map {
            "\(x($0)) \(y(panel.columns[$0].low / panel.columns[$0].count))"
        }
        try file.write("<path class=\"band\" d=\"M\((upper + lower).joined(separator: "L"))Z\"/>\n")
        let demands = filled.map { column in
            let this = panel.columns[column]
            return this.demandLow == this.demandHigh
                ? "\(x(column)) \(y(this.demandHigh))"
                : "\(x(column)) \(y(this.demandHigh))L\(x(column)) \(y(this.demandLow))"
        }
        try line("demand", filled, demands, gap: panel.gapColumns, &file)
        let middles = filled.map {
            "\(x($0)) \(y(panel.columns[$0].middle / panel.columns[$0].count))"
        }
        try line("line", filled, middles, gap: panel.gapColumns, &file)
        for column in filled where panel.columns[column].miss >= 0 {
            try file.write(
                "<circle class=\"miss\" cx=\"\(x(column))\" cy=\"\(y(panel.columns[column].miss))\" r=\"2.2\"/>\n"
            )
        }
    }

    /// A line through `points`, broken where the trace has a gap.
    private func line(
        _ style: String,
        _ columns: [Int],
        _ points: [String],
        gap: Int,
        _ file: inout OutputFile
    ) throws(BacktestError) {
        var path = ""
        for index in columns.indices {
            let joins = index > 0 && columns[index] - columns[index - 1] <= gap
            path += (joins ? "L" : "M") + points[index]
        }
        try file.write("<path class=\"\(style)\" d=\"\(path)\"/>\n")
    }

    private func axes(
        _ panel: PlotPanel,
        score: QuantileScore,
        limit: Double,
        top: Double,
        _ file: inout OutputFile
    ) throws(BacktestError) {
        let bottom = top + Self.panelHeight
        var title = "\(panel.resource.name), lead \(panel.horizonSeconds) s"
        if let coverage = score.coverage {
            let middle = quantiles[quantiles.count / 2]
            title += "; q\(middle) covered \(Self.number(100 * coverage)) % after the burn-in"
        }
        try file.write(
            "<text x=\"\(Self.number(Self.left))\" y=\"\(Self.number(top - 7))\">\(title)</text>\n"
        )
        for share in [0, 0.5, 1.0] {
            let y = Self.number(bottom - share * Self.panelHeight)
            let value = Self.quantity(share * limit, panel.resource)
            try file.write(
                "<path class=\"grid\" d=\"M\(Self.number(Self.left)) \(y)h1000\"/>"
                    + "<text x=\"70\" y=\"\(y)\" dy=\"4\" text-anchor=\"end\">\(value)</text>\n"
            )
        }
        for tick in 0...5 {
            let share = Double(tick) / 5
            let seconds = firstSeconds + Int64(share * Double(lastSeconds - firstSeconds))
            let anchor = tick == 0 ? "start" : tick == 5 ? "end" : "middle"
            try file.write(
                "<text x=\"\(Self.number(Self.left + share * Self.width))\" "
                    + "y=\"\(Self.number(bottom + 18))\" text-anchor=\"\(anchor)\">"
                    + "\(Self.time(seconds))</text>\n"
            )
        }
    }

    /// Month, day and time of day, UTC; the days of a year as Howard Hinnant's `civil_from_days`
    /// counts them.
    private static func time(_ seconds: Int64) -> String {
        let second = (seconds % 86_400 + 86_400) % 86_400
        let days = (seconds - second) / 86_400 + 719_468
        let dayOfEra = (days % 146_097 + 146_097) % 146_097
        let year = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let march = (5 * dayOfYear + 2) / 153
        let two = { (number: Int64) in number < 10 ? "0\(number)" : "\(number)" }
        return "\(two((march + 2) % 12 + 1))-\(two(dayOfYear - (153 * march + 2) / 5 + 1)) "
            + "\(two(second / 3_600)):\(two(second / 60 % 60))"
    }

    private static func quantity(_ value: Double, _ resource: Resource) -> String {
        let (units, base): ([String], Double) =
            switch resource {
            case .cpu: ([" cores"], 1)
            case .memory: ([" B", " KiB", " MiB", " GiB", " TiB"], 1_024)
            case .networkReceive, .networkTransmit, .diskRead, .diskWrite:
                ([" B/s", " kB/s", " MB/s", " GB/s"], 1_000)
            case .requests: ([" /s", " k/s", " M/s"], 1_000)
            }
        var value = value
        var unit = 0
        while value >= base && unit < units.count - 1 {
            value /= base
            unit += 1
        }
        return number(value) + units[unit]
    }

    /// One decimal from 10 up, three below.
    private static func number(_ value: Double) -> String {
        let scale = value.magnitude >= 10 ? 10.0 : 1_000.0
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && rounded.magnitude < 1e15
            ? "\(Int(rounded))" : "\(rounded)"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case "&": escaped += "&amp;"
            case _ where scalar.value < 0x20: escaped += "?"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
