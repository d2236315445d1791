package import Aggregates

/// How the forecaster did on one series beside the best of the rules, at one lead and quantile.
package struct SeriesComparison: Sendable, Hashable {
    package let application: String
    package let resource: Resource
    package let horizonSeconds: Int64
    package let quantile: Double
    /// The rule with the least pinball loss.
    package let bestPolicy: String
    /// The forecaster's loss over that rule's; infinite when the rule made no error at all.
    package let lossOverBest: Double
    /// The forecaster's own score.
    package let score: QuantileScore

    /// `nil` when nothing was scored, or when both made no error.
    init?(_ series: SeriesScore, quantile: Double, quantileIndex: Int) {
        guard let own = series.policies.first?.quantiles[quantileIndex], own.count > 0,
            let best = series.policies.dropFirst().min(by: {
                $0.quantiles[quantileIndex].lossSum < $1.quantiles[quantileIndex].lossSum
            }),
            own.lossSum > 0
        else { return nil }
        application = series.application
        resource = series.resource
        horizonSeconds = series.horizonSeconds
        self.quantile = quantile
        bestPolicy = best.policy
        let bestLoss = best.quantiles[quantileIndex].lossSum
        lossOverBest = bestLoss > 0 ? own.lossSum / bestLoss : .infinity
        score = own
    }

    /// What the loss is made of, for people: where to look first.
    package var reason: String {
        let misses = score.lossSum > 0 ? score.missLossSum / score.lossSum : 0
        let missed = score.count - score.coveredCount
        let percent = Int((100 * misses).rounded())
        let share = "\(percent) % of the loss from \(missed) misses"
        guard lossOverBest.isFinite else { return "the rule made no error here; \(share)" }
        if score.count < 500 { return "short: \(score.count) forecasts; \(share)" }
        if misses > 0.8 { return "misses: \(share)" }
        if misses < 0.3 { return "held too much: \(share)" }
        return share
    }
}
