internal import Agent
internal import Aggregates
internal import Forecast
internal import NodeView
internal import Planner

/// Explanations of forecasts, for people and for scripts.
enum ForecastWhy {
    /// Rules with less weight are counted together.
    private static let leastWeight = 0.02

    static func text(_ found: LearnedSeries, quantile: Double) -> String {
        var lines: [String] = []
        for series in found.series {
            for explanation in explanations(series, quantile) {
                if !lines.isEmpty { lines.append("") }
                lines += text(explanation, series.key)
            }
        }
        if found.series.isEmpty { lines.append("no forecasts of this resource") }
        lines.append("")
        lines.append(
            "learned until \(Compact.timeOfDay(found.savedNanoseconds))"
                + (found.agentRuns ? "" : "; no agent runs now"))
        return lines.joined(separator: "\n")
    }

    /// One for each lead time, of the quantile nearest to the one asked for.
    private static func explanations(
        _ series: LearnedSeries.Series, _ quantile: Double
    ) -> [ForecastExplanation] {
        let configuration = series.forecaster.configuration
        let levels = configuration.quantiles
        let nearest = levels.indices.min {
            (levels[$0] - quantile).magnitude < (levels[$1] - quantile).magnitude
        }!
        return configuration.horizonsNanoseconds.indices.compactMap {
            series.forecaster.explanation(horizon: $0, quantile: nearest)
        }
    }

    private static func text(_ why: ForecastExplanation, _ key: SeriesKey) -> [String] {
        func amount(_ value: Double) -> String { Quantity.text(value, of: key.resource) }
        func time(_ seconds: Int64) -> String {
            Compact.timeOfDay(UInt64(max(0, seconds)) * 1_000_000_000)
        }
        let percentile = Quantity.percentile(why.quantile)
        var lines = [
            "\(key.path)  \(key.resource.name)",
            "  \(percentile) of the peak in the next \(Quantity.seconds(why.leadNanoseconds)): "
                + "\(amount(why.forecast)); now \(amount(why.present))",
        ]
        var table = TextTable([("    RULE", .left), ("WEIGHT", .right), ("SAYS", .right)])
        let shown = why.experts.filter { $0.weight >= leastWeight }
        for expert in shown {
            table.add([
                "    " + expert.name, Quantity.percentage(expert.weight),
                expert.forecast.map(amount) ?? "asleep",
            ])
        }
        let rest = why.experts.filter { $0.weight < leastWeight }
        if !rest.isEmpty {
            let weight = rest.reduce(0) { $0 + $1.weight }
            table.add(["    \(rest.count) others", Quantity.percentage(weight), ""])
        }
        lines += table.lines
        let sign = why.conformalShift < 0 ? "-" : "+"
        lines.append(
            "  \(sign)\(amount(why.conformalShift.magnitude)) to keep what it covers at \(Quantity.percentage(why.quantile))")
        if let lead = why.raisedByLeadNanoseconds {
            lines.append("  raised to what the next \(Quantity.seconds(lead)) need: the peak of a longer time is not lower")
        }
        if why.calibration.maturedLabels == 0 {
            lines.append("  covered: no forecast's lead time is over yet")
        } else {
            let recent = why.recentCoverage.map { "; \(Quantity.percentage($0)) of about the last hundred" }
            lines.append(
                "  covered: \(Quantity.percentage(why.calibration.coveredFraction)) of \(why.calibration.maturedLabels) peaks\(recent ?? "")"
            )
        }
        if let miss = why.lastMiss {
            lines.append(
                "  last miss: at \(time(miss.issuedSeconds)) it said \(amount(miss.forecast)), \(amount(miss.peak)) came")
        } else {
            lines.append("  last miss: none")
        }
        for season in why.seasons {
            let period = name(ofPeriod: season.periodSeconds)
            lines.append(
                season.isSeen
                    ? "  season of \(period): usual here \(amount(season.usualLevel)), its peak \(amount(season.usualPeak)); errs \(Quantity.percentage(season.strength)) less than without it"
                    : "  season of \(period): not seen yet")
        }
        lines.append("  would change it:")
        lines += why.influences.map { "    " + words($0, amount) }
        return lines
    }

    private static func words(
        _ influence: ForecastExplanation.Influence, _ amount: (Double) -> String
    ) -> String {
        switch influence {
        case .moreLabels(let count): "\(count) more matured forecasts: until then it is a guess"
        case .seasonSeen(let period): "a whole season of \(name(ofPeriod: period))"
        case .shiftOver: "the end of the jump it is in"
        case .miss(let raise): "a peak above it, by about +\(amount(raise))"
        case .hit(let fall): "a peak below it, by about -\(amount(fall))"
        }
    }

    private static func name(ofPeriod seconds: Int64) -> String {
        switch seconds {
        case 3_600: "an hour"
        case 86_400: "a day"
        case 604_800: "a week"
        default: Quantity.seconds(seconds * 1_000_000_000)
        }
    }

    static func write(
        _ series: LearnedSeries.Series, quantile: Double, _ savedNanoseconds: UInt64,
        _ line: inout JSONLine
    ) {
        for why in explanations(series, quantile) {
            line.line("explanation") { line in
                line.field("time_s", Double(why.presentSeconds))
                line.field("saved_s", Double(savedNanoseconds) / 1e9)
                line.field("cgroup", series.key.path)
                line.field("cgroup_id", series.key.cgroupID)
                line.field("resource", series.key.resource.name)
                line.field("field", series.key.resource.fieldName)
                line.field("horizon_s", Double(why.leadNanoseconds) / 1e9)
                line.field("quantile", why.quantile)
                line.field("forecast", why.forecast)
                line.field("present", why.present)
                line.array("rules") { line in
                    for expert in why.experts {
                        line.elementObject { line in
                            line.field("name", expert.name)
                            line.field("weight", expert.weight)
                            line.field("forecast", expert.forecast ?? .nan)
                        }
                    }
                }
                line.field("conformal_shift", why.conformalShift)
                line.field("raised_by_horizon_s", why.raisedByLeadNanoseconds.map { Double($0) / 1e9 } ?? .nan)
                line.field("matured_forecasts", why.calibration.maturedLabels)
                line.field("coverage", why.calibration.coveredFraction)
                line.field("recent_coverage", why.recentCoverage ?? .nan)
                if let miss = why.lastMiss {
                    line.object("last_miss") { line in
                        line.field("time_s", Double(miss.issuedSeconds))
                        line.field("forecast", miss.forecast)
                        line.field("peak", miss.peak)
                    }
                }
                line.array("seasons") { line in
                    for season in why.seasons {
                        line.elementObject { line in
                            line.field("period_s", Double(season.periodSeconds))
                            line.field("seen", season.isSeen)
                            line.field("usual_level", season.usualLevel)
                            line.field("usual_peak", season.usualPeak)
                            line.field("strength", season.strength)
                        }
                    }
                }
                line.field("warm", why.isWarm)
            }
        }
    }
}
