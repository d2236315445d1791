internal import Aggregates

/// A simulation as one SVG: a panel a resource and policy, all of a resource to one scale.
struct PolicyPlot {
    let name: String
    let setup: SimulationSetup
    let panels: [PolicyPanel]

    func write(to path: String) throws(BacktestError) {
        // A resource's policies stand below each other, to be compared.
        let ordered = Resource.allCases.flatMap { resource in
            panels.filter { $0.resource == resource }
        }
        var page = try SVGPage(
            path: path,
            name: "\(name): lead \(setup.lead.text) s, cost ratio \(setup.costRatio)",
            subject: "demand, capacity and shortage by policy",
            panels: ordered.count,
            firstSeconds: ordered.map(\.firstSeconds).min() ?? 0,
            lastSeconds: ordered.map(\.lastSeconds).max() ?? 0
        )
        try page.write(
            """
            <path class="demand" d="M76 42h20"/><text x="101" y="46">demand</text>
            <rect class="band" x="170" y="36" width="20" height="12"/><text x="195" y="46">\
            capacity usable</text>
            <rect class="miss" x="300" y="36" width="4" height="12"/><text x="310" y="46">\
            demand above it</text>

            """
        )
        for (index, panel) in ordered.enumerated() {
            let limit = limit(panel.resource)
            try draw(panel, limit: limit, top: SVGPage.top(of: index), &page)
        }
        try page.finish()
    }

    /// What a wild policy holds does not squeeze the rest: capacity above this is cut off.
    private func limit(_ resource: Resource) -> Double {
        var demand = 0.0
        var held = 0.0
        for panel in panels where panel.resource == resource {
            for column in panel.columns {
                demand = max(demand, column.demandHigh)
                held = max(held, column.capacityHigh)
            }
        }
        return max(min(held, 1.5 * demand), demand) * 1.04
    }

    private func draw(
        _ panel: PolicyPanel,
        limit: Double,
        top: Double,
        _ page: inout SVGPage
    ) throws(BacktestError) {
        try page.axes(title: title(panel), resource: panel.resource, limit: limit, top: top)
        let scale = limit > 0 ? SVGPage.panelHeight / limit : 0
        let bottom = top + SVGPage.panelHeight
        let y = { (value: Double) in SVGText.number(bottom - min(value, limit) * scale) }
        let step = SVGPage.width / Double(PolicyPanel.columnCount)
        let x = { (column: Double) in SVGText.number(SVGPage.left + column * step) }
        let held = panel.columns.indices.filter { panel.columns[$0].capacityHigh >= 0 }
        guard let first = held.first else { return }
        // Steps, not slopes: capacity is there or it is not.
        var area = "M\(x(Double(first))) \(SVGText.number(bottom))"
        var level = 0.0
        for column in first..<PolicyPanel.columnCount {
            if panel.columns[column].capacityHigh >= 0 { level = panel.columns[column].capacityLow }
            area += "V\(y(level))H\(x(Double(column + 1)))"
        }
        area += "V\(SVGText.number(bottom))Z"
        try page.write("<path class=\"band\" d=\"\(area)\"/>\n")
        for (column, this) in panel.columns.enumerated() {
            guard let short = this.short else { continue }
            let height = (min(short.demand, limit) - min(short.capacity, limit)) * scale
            try page.write(
                "<rect class=\"miss\" x=\"\(x(Double(column)))\" y=\"\(y(short.demand))\" "
                    + "width=\"\(SVGText.number(step))\" height=\"\(SVGText.number(height))\"/>\n"
            )
        }
        let seen = panel.columns.indices.filter { panel.columns[$0].demandHigh >= 0 }
        let demands = seen.map { column in
            let this = panel.columns[column]
            let x = x(Double(column) + 0.5)
            return this.demandLow == this.demandHigh
                ? "\(x) \(y(this.demandHigh))"
                : "\(x) \(y(this.demandHigh))L\(x) \(y(this.demandLow))"
        }
        try page.line("demand", seen, demands, gap: PolicyPanel.columnCount)
    }

    private func title(_ panel: PolicyPanel) -> String {
        let title = "\(panel.resource.name), \(panel.policy.rawValue)"
        guard let score = panel.score else { return title + ": no demand" }
        return title + ": holds \(SVGText.number(100 * score.hold)) % above demand, short of "
            + "\(SVGText.number(100 * score.shortage)) % of it, cost \(SVGText.number(score.cost)), "
            + "\(SVGText.number(score.changesPerDay)) changes a day"
    }
}
