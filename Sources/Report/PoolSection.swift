internal import Aggregates
internal import History
internal import Planner

/// How each pool did: a table, and whether the forecasts of its summed demand were honest. Nothing without pools.
struct PoolSection {
    let plans: [ReportData.Plan]
    /// Of the header.
    let quantiles: [Double]

    /// Plans of pools, and of what is in none; those of single cgroups' limits are not pools.
    private var pools: [(name: String, plans: [ReportData.Plan])] {
        var pools: [(name: String, plans: [ReportData.Plan])] = []
        for plan in plans where !plan.plan.pool.hasPrefix("/") && plan.seconds > 0 {
            if let place = pools.firstIndex(where: { $0.name == plan.plan.pool }) {
                pools[place].plans.append(plan)
            } else {
                pools.append((plan.plan.pool, [plan]))
            }
        }
        // What is in no pool stands last.
        return pools.filter { $0.name != ReportData.node } + pools.filter { $0.name == ReportData.node }
    }

    var html: String {
        let pools = pools
        guard pools.contains(where: { $0.name != ReportData.node }) else { return "" }
        return """
            <h2>Pools</h2>
            <p>Each pool is planned by the sum of its applications, whose peak is forecast directly. Below a quantile stands how often the highest
            window of the plan's lead, to the nearest minute, was within it: an honest p95 has 95 % there.</p>
            \(table(pools))
            \(charts(pools))
            """
    }

    private static func title(_ name: String) -> String {
        name == ReportData.node ? "in no pool" : ReportText.escaped(name)
    }

    // MARK: Table

    private func table(_ pools: [(name: String, plans: [ReportData.Plan])]) -> String {
        let shown = quantiles.indices.filter { index in
            pools.contains { $0.plans.contains { $0.calibration.scores.indices.contains(index) && $0.calibration.scores[index].count > 0 } }
        }
        var text =
            "<div class=\"wide\"><table><tr><th class=\"left\">pool</th><th class=\"left\"></th><th>in use, mean</th><th>highest</th>"
            + "<th>held</th><th>short</th><th>time short, aim</th>"
        for index in shown { text += "<th>\(Quantity.percentile(quantiles[index]))</th>" }
        text += "<th>forecasts</th></tr>\n"
        for pool in pools {
            for (place, plan) in pool.plans.enumerated() {
                let resource = plan.plan.resource
                let isBad = plan.shortSeconds / plan.seconds > 2 * (1 - plan.plan.fraction)
                text +=
                    "<tr><td class=\"left\">\(place == 0 ? Self.title(pool.name) : "")</td><td class=\"left\">\(resource.name)</td>"
                    + "<td>\(ReportText.amount(plan.demand / plan.seconds, resource))</td><td>\(ReportText.amount(plan.peak, resource))</td>"
                    + "<td>\(plan.share(plan.held))</td><td>\(plan.share(plan.short, digits: 2))</td>"
                    + "<td class=\"\(isBad ? "bad" : "")\">\(ReportText.percent(plan.shortSeconds / plan.seconds, digits: 2)) of \(ReportText.percent(1 - plan.plan.fraction))</td>"
                let scores = plan.calibration.scores
                for index in shown {
                    let share = scores.indices.contains(index) ? scores[index].share : nil
                    text += "<td>\(share.map { ReportText.percent($0) } ?? "–")</td>"
                }
                text += "<td>\(scores.map(\.count).max() ?? 0)</td></tr>\n"
            }
        }
        return text + "</table></div>"
    }

    // MARK: Charts

    private func charts(_ pools: [(name: String, plans: [ReportData.Plan])]) -> String {
        let drawn = pools.filter { $0.plans.contains { $0.calibration.hasScores } }
        guard !drawn.isEmpty else {
            return
                "<p class=\"soft\">No forecast of a pool has come to its time yet, or none is kept: leads under a minute are not compared, and earlier builds kept none.</p>"
        }
        var text = "<div class=\"pools\">"
        for pool in drawn {
            let scores = pool.plans.filter(\.calibration.hasScores).map {
                (style: Self.style($0.plan.resource), scores: $0.calibration.scores)
            }
            let words = "calibration of \(pool.name == ReportData.node ? "what is in no pool" : pool.name)"
            text += "<div><h3>\(Self.title(pool.name))</h3>\(CalibrationChart.svg(scores, title: words))</div>\n"
        }
        let styles = [("cpu", "CPU"), ("memory", "memory"), ("others", "network and disk")].filter { style, _ in
            drawn.contains { $0.plans.contains { $0.calibration.hasScores && Self.style($0.plan.resource) == style } }
        }
        return text + "</div><div class=\"key\">"
            + styles.map { "<span><i class=\"\($0.0)\"></i>\($0.1)</span>" }.joined()
            + "<span>on the diagonal they are calibrated; above it too wide, below it too narrow</span></div>"
    }

    private static func style(_ resource: Resource) -> String {
        resource == .cpu ? "cpu" : resource == .memory ? "memory" : "others"
    }
}

extension ReportData.Plan {
    var seconds: Double { points.reduce(0) { $0 + $1.minute.seconds } }
    /// Unit-seconds.
    var demand: Double { points.reduce(0) { $0 + $1.minute.meanDemand * $1.minute.seconds } }
    var held: Double { points.reduce(0) { $0 + $1.minute.held } }
    var short: Double { points.reduce(0) { $0 + $1.minute.short } }
    var shortSeconds: Double { points.reduce(0) { $0 + $1.minute.shortSeconds } }
    var peak: Double { points.map(\.minute.peakDemand).max() ?? 0 }

    /// Over the demand.
    func share(_ value: Double, digits: Int = 1) -> String {
        demand > 0 ? ReportText.percent(value / demand, digits: digits) : "–"
    }
}
