package import Aggregates
internal import Glibc

/// One policy at one quantile, horizon and resource, over all series of that resource.
package struct ReportLine: Sendable, Hashable {
    /// `nil`: all resources together.
    package let resource: Resource?
    package let horizonSeconds: Int64
    package let policy: String
    package let quantile: Double
    package let seriesCount: Int
    package let scoredCount: Int
    /// Share of all scored points that were covered.
    package let coverage: Double?
    /// Mean over series of the mean pinball loss; `nil` across resources, whose units differ.
    package let meanLoss: Double?
    /// Geometric mean over series of capacity held over peak demand.
    package let capacityOverPeak: Double?
    /// Geometric mean over series of the pinball loss relative to the VPA-style histogram's.
    package let lossOverReference: Double?

    init(
        resource: Resource?,
        horizonSeconds: Int64,
        policy: String,
        quantile: Double,
        series: [SeriesScore],
        policyIndex: Int,
        quantileIndex: Int
    ) {
        var sum = QuantileScore()
        var losses: [Double] = []
        var ratios: [Double] = []
        var capacities: [Double] = []
        for entry in series {
            let score = entry.policies[policyIndex].quantiles[quantileIndex]
            sum.add(score)
            if let loss = score.meanLoss { losses.append(loss) }
            if let capacity = score.capacityOverPeak { capacities.append(capacity) }
            let reference = entry.policies.first { $0.policy == StandardBaselines.reference }
            guard let reference = reference?.quantiles[quantileIndex] else { continue }
            // A series both get perfectly right has no ratio.
            if reference.lossSum > 0, score.lossSum > 0 {
                ratios.append(score.lossSum / reference.lossSum)
            }
        }
        self.resource = resource
        self.horizonSeconds = horizonSeconds
        self.policy = policy
        self.quantile = quantile
        seriesCount = series.count
        scoredCount = sum.count
        coverage = sum.coverage
        meanLoss = resource == nil ? nil : Self.mean(losses)
        capacityOverPeak = Self.geometricMean(capacities)
        lossOverReference = Self.geometricMean(ratios)
    }

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// Over the positive values; `nil` without any.
    private static func geometricMean(_ values: [Double]) -> Double? {
        let positive = values.filter { $0 > 0 }
        guard !positive.isEmpty else { return nil }
        return exp(positive.reduce(0) { $0 + log($1) } / Double(positive.count))
    }
}
