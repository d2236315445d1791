/// One quantile at one horizon: residual quantiles of every expert, their combination and the
/// outer conformal step.
struct QuantileLearner: Sendable {
    /// The level asked for, `0..<1`.
    let level: Float
    /// Residual quantile of every expert, in units of its spread.
    private var offsets: Lanes
    private var mixture = BernsteinMixture()
    private var conformal = ConformalStep()
    /// Score of what was issued.
    private var covered: UInt64 = 0
    private var lossSum = 0.0

    init(level: Double) {
        self.level = Float(level)
        offsets = Lanes(repeating: Self.laplaceQuantile(Float(level)))
    }

    /// The quantile as it would be issued now, before ordering among quantiles.
    func forecast(centers: Lanes, spreads: Lanes, awake: Lanes, unit: Float) -> Float {
        let predictions = centers + spreads * offsets
        let mixed = (mixture.weights(awake: awake) * predictions).sum()
        return max(0, mixed + conformal.shift * unit)
    }

    /// Learns from a matured label.
    ///
    /// - Parameters:
    ///   - issued: what was said when the forecast was made.
    ///   - rate: gain of the residual trackers; `outerRate` that of the conformal step.
    ///   - weight: `0...1`, how much of the label's span was observed.
    mutating func learn(
        label: Float,
        issued: Float,
        centers: Lanes,
        spreads: Lanes,
        awake: Lanes,
        unit: Float,
        rate: Float,
        outerRate: Float,
        weight: Float
    ) {
        let excess = label - issued
        if excess <= 0 { covered &+= 1 }
        lossSum += Double(max(level * excess, (level - 1) * excess))

        let predictions = pointwiseMax(centers + spreads * offsets, .zero)
        let slope: Float = excess > 0 ? -level : 1 - level
        mixture.learn(predictions: predictions, awake: awake, lossSlope: slope, weight: weight)

        let gain = rate * weight
        var steps = Lanes(repeating: -gain * (1 - level))
        steps.replace(with: gain * level, where: predictions .< label)
        offsets += steps * awake
        conformal.learn(exceeded: excess > 0, level: level, rate: outerRate * weight)
    }

    /// The record so far over `labels` matured labels.
    func calibration(labels: UInt64) -> Calibration {
        guard labels > 0 else {
            return Calibration(maturedLabels: 0, coveredFraction: 0, meanPinballLoss: 0)
        }
        return Calibration(
            maturedLabels: labels,
            coveredFraction: Double(covered) / Double(labels),
            meanPinballLoss: lossSum / Double(labels)
        )
    }

    /// Quantile of a Laplace distribution with mean absolute deviation 1, as the prior of every
    /// residual: -ln(2(1 - level)) above the median.
    private static func laplaceQuantile(_ level: Float) -> Float {
        let tail = 2 * min(level, 1 - level)
        let magnitude = tail > 0 ? -naturalLogarithm(Double(tail)) : 4
        return level < 0.5 ? -Float(magnitude) : Float(magnitude)
    }
}
