/// One quantile at one horizon: residual quantiles of every expert, their combination, the
/// outer conformal step, and the record. 256 bytes.
struct QuantileLearner: Sendable {
    /// Residual quantile of every expert, in units of its spread.
    private var offsets: Lanes
    private var mixture = BernsteinMixture()
    /// The level asked for, `0..<1`.
    let level: Float
    private var conformal = ConformalStep()
    /// What is issued now.
    var issued: Float = 0
    /// What was issued with each pending forecast, by its slot.
    var pendingIssued = InlineArray<6, Float>(repeating: 0)
    private var covered: UInt32 = 0
    private var lossSum = 0.0

    init(level: Double) {
        self.level = Float(level)
        offsets = Lanes(repeating: Self.laplaceQuantile(Float(level)))
    }

    /// The quantile as it would be issued now, before ordering among quantiles.
    func forecast(_ view: ExpertView, unit: Float, overlap: Float) -> Float {
        let predictions = view.centers + view.spreads * offsets
        let mixed = (mixture.weights(awake: view.awake, overlap: overlap) * predictions).total
        return max(0, mixed + conformal.shift * unit)
    }

    /// Learns from a matured label, given what the experts and what this said at the time.
    mutating func learn(label: Float, issued: Float, view: ExpertView, rates: LearningRates) {
        let excess = label - issued
        covered &+= excess <= 0 ? 1 : 0
        lossSum += Double(max(level * excess, (level - 1) * excess))

        let predictions = (view.centers + view.spreads * offsets).atLeast(0)
        let slope: Float = excess > 0 ? -level : 1 - level
        mixture.learn(predictions: predictions, issued: issued, awake: view.awake, slope: slope)

        var steps = Lanes(repeating: -rates.tracker * (1 - level))
        steps.replace(with: rates.tracker * level, where: predictions .< label)
        offsets += steps * view.awake
        conformal.learn(exceeded: excess > 0, level: level, rate: rates.conformal)
    }

    /// The record so far over `labels` matured labels; losses in units of 1/`scale`.
    func calibration(labels: UInt32, scale: Double) -> Calibration {
        Calibration(
            maturedLabels: UInt64(labels),
            coveredFraction: labels > 0 ? Double(covered) / Double(labels) : 0,
            meanPinballLoss: labels > 0 ? lossSum / Double(labels) / scale : 0
        )
    }

    /// The prior of every residual: -0.7 ln(2(1 - level)) above the median, a Laplace
    /// distribution's quantile in mean absolute errors, made narrower because a center that is
    /// off counts in the error too. At 1, short series stayed over-covered.
    private static func laplaceQuantile(_ level: Float) -> Float {
        let tail = 2 * min(level, 1 - level)
        let magnitude = tail > 0 ? -0.7 * naturalLogarithm(Double(tail)) : 3
        return level < 0.5 ? -Float(magnitude) : Float(magnitude)
    }
}
