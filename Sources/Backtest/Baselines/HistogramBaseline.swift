/// A quantile of a decayed histogram of the samples, with a margin.
///
/// Half-life 24 h and margin 1 or 1.15 is the Vertical Pod Autoscaler's recommender; half-life
/// 12 h is Autopilot's decayed percentile for CPU (Rzadca et al., EuroSys 2020).
package struct HistogramBaseline: BaselineForecaster {
    package let name: String
    package let margin: Double
    private var histogram: DecayedHistogram

    package init(name: String, halfLifeSeconds: Double, margin: Double = 1) {
        self.name = name
        self.margin = margin
        histogram = DecayedHistogram(halfLifeSeconds: halfLifeSeconds)
    }

    package mutating func observe(timeSeconds: Int64, value: Double) {
        histogram.observe(timeSeconds: timeSeconds, value: value)
    }

    package func forecast(quantile: Double) -> Double { margin * histogram.quantile(quantile) }
}
