internal import Aggregates

/// A trace and its forecasts as one SVG, a panel a resource, at the first lead time.
struct TracePlot {
    let application: String
    let quantiles: [Double]
    let firstSeconds: Int64
    let lastSeconds: Int64
    let panels: [PlotPanel]
    /// Scores after the burn-in, panel by panel, of the middle quantile.
    let scores: [QuantileScore]

    func write(to path: String) throws(BacktestError) {
        var page = try SVGPage(
            path: path,
            name: application,
            subject: "demand and forecast",
            panels: panels.count,
            firstSeconds: firstSeconds,
            lastSeconds: lastSeconds
        )
        try legend(&page)
        for (index, panel) in panels.enumerated() {
            try draw(panel, score: scores[index], top: SVGPage.top(of: index), &page)
        }
        try page.finish()
    }

    private func legend(_ page: inout SVGPage) throws(BacktestError) {
        let middle = quantiles[quantiles.count / 2]
        try page.write(
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
        _ page: inout SVGPage
    ) throws(BacktestError) {
        let filled = panel.columns.indices.filter { panel.columns[$0].count > 0 }
        let demand = filled.reduce(0) { max($0, panel.columns[$1].demandHigh) }
        let held = filled.reduce(0) {
            max($0, panel.columns[$1].high / panel.columns[$1].count)
        }
        // First forecasts may be wide: they do not squeeze the rest.
        let limit = max(min(held, 1.5 * demand), demand) * 1.04
        let scale = limit > 0 ? SVGPage.panelHeight / limit : 0
        let y = { (value: Double) in
            SVGText.number(top + SVGPage.panelHeight - min(value, limit) * scale)
        }
        let step = SVGPage.width / Double(PlotPanel.columnCount)
        let x = { (column: Int) in SVGText.number(SVGPage.left + (Double(column) + 0.5) * step) }
        try page.axes(
            title: title(panel, score), resource: panel.resource, limit: limit, top: top)
        let upper = filled.map { "\(x($0)) \(y(panel.columns[$0].high / panel.columns[$0].count))" }
        let lower = filled.reversed().map {
            "\(x($0)) \(y(panel.columns[$0].low / panel.columns[$0].count))"
        }
        try page.write("<path class=\"band\" d=\"M\((upper + lower).joined(separator: "L"))Z\"/>\n")
        let demands = filled.map { column in
            let this = panel.columns[column]
            return this.demandLow == this.demandHigh
                ? "\(x(column)) \(y(this.demandHigh))"
                : "\(x(column)) \(y(this.demandHigh))L\(x(column)) \(y(this.demandLow))"
        }
        try page.line("demand", filled, demands, gap: panel.gapColumns)
        let middles = filled.map {
            "\(x($0)) \(y(panel.columns[$0].middle / panel.columns[$0].count))"
        }
        try page.line("line", filled, middles, gap: panel.gapColumns)
        for column in filled where panel.columns[column].miss >= 0 {
            try page.write(
                "<circle class=\"miss\" cx=\"\(x(column))\" cy=\"\(y(panel.columns[column].miss))\" r=\"2.2\"/>\n"
            )
        }
    }

    private func title(_ panel: PlotPanel, _ score: QuantileScore) -> String {
        let title = "\(panel.resource.name), lead \(panel.horizonSeconds) s"
        guard let coverage = score.coverage else { return title }
        let middle = quantiles[quantiles.count / 2]
        return title + "; q\(middle) covered \(SVGText.number(100 * coverage)) % after the burn-in"
    }
}
