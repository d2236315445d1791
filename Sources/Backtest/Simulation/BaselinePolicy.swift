/// A recommender in use: wants its recommendation, whatever it is, at every sample.
///
/// It is not told the cost ratio, as in practice; its quantile is the usual 0.95.
package struct BaselinePolicy<Baseline: BaselineForecaster>: CapacityPolicy {
    private var baseline: Baseline
    private let quantile: Double

    package init(_ baseline: Baseline, quantile: Double = 0.95) {
        self.baseline = baseline
        self.quantile = quantile
    }

    package mutating func wanted(_ sample: PolicySample) -> Double? {
        baseline.observe(
            timeSeconds: sample.timeNanoseconds / 1_000_000_000,
            value: sample.demand
        )
        return baseline.forecast(quantile: quantile)
    }
}
