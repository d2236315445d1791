/// One quantile at one lead time, the part that every sample reads: 96 bytes. What only a
/// matured label touches is in `QuantileLearner`.
struct QuantileForecaster: BitwiseCopyable, Sendable {
    /// The experts' weights, as the last label left them.
    private var weights = PackedWeights(.zero)
    private var conformal = ConformalStep()
    /// What is issued now.
    var issued: Float = 0
    /// Residual quantile of every expert, in units of its spread.
    private var offsets: LaneStorage

    init(level: Double) {
        offsets = LaneStorage(Lanes(repeating: Self.laplaceQuantile(Float(level))))
    }

    /// The quantile as it would be issued now, before ordering among quantiles.
    ///
    /// - Parameters:
    ///   - apart: the experts' centers, as differences from `value`.
    ///   - unit: of the conformal step.
    @inline(__always)
    func forecast(value: Float, apart: Lanes, spreads: Lanes, unit: Float) -> Float {
        let mixed = (weights.lanes * (apart + spreads * offsets.lanes)).total
        return max(0, value + mixed + conformal.shift * unit)
    }

    /// Takes over what `learner` has learned about the experts.
    @inline(__always)
    mutating func weigh(by learner: QuantileLearner, awake: Lanes, factors: Lanes) {
        weights = PackedWeights(
            learner.mixture.weights(awake: awake, factors: factors, sum: PackedWeights.most)
        )
    }

    /// Learns from a matured label, given what the experts and what this said at the time.
    @inline(__always)
    mutating func learn(
        label: Float,
        level: Float,
        issued: Float,
        view: ExpertView,
        rates: LearningRates,
        learner: inout QuantileLearner
    ) {
        let excess = label - issued
        let predictions = (view.centers + view.spreads * offsets.lanes).atLeast(0)
        let slope: Float = excess > 0 ? -level : 1 - level
        learner.mixture.learn(
            predictions: predictions,
            issued: issued,
            awake: view.awake,
            slope: slope
        )

        let gain = rates.tracker(level: level)
        var steps = Lanes(repeating: -gain * (1 - level))
        steps.replace(with: gain * level, where: predictions .< label)
        offsets.lanes += steps * view.awake
        conformal.learn(exceeded: excess > 0, level: level, rate: rates.conformal)
    }

    /// Takes over a peer's residual quantiles, as a `share` of all peers', in place of that share
    /// of the prior.
    mutating func adopt(_ peer: QuantileForecaster, level: Double, share: Float) {
        offsets.lanes += share * (peer.offsets.lanes - Self.laplaceQuantile(Float(level)))
        conformal.adopt(peer.conformal, share: share)
    }

    /// What this quantile makes of what its lead time knows, for people.
    func explained(_ horizon: ExplainedHorizon, level: Float) -> ExplainedQuantile {
        let weights = weights.lanes
        let spreads = horizon.experts.spreads
        let tracked = horizon.rates.tracker(level: level) * (weights * spreads).total
        let own = forecast(
            value: horizon.value, apart: horizon.experts.centers - horizon.value, spreads: spreads, unit: horizon.unit)
        return ExplainedQuantile(
            weights: weights,
            forecasts: (horizon.experts.centers + spreads * offsets.lanes).atLeast(0),
            awake: horizon.experts.awake,
            shift: conformal.shift * horizon.unit,
            step: tracked + horizon.rates.conformal * horizon.unit,
            own: max(horizon.least(level), own)
        )
    }

    /// The prior of every residual: -0.5 ln(2(1 - level)) above the median, a Laplace
    /// distribution's quantile in mean absolute errors, made narrower because a center that is
    /// off counts in the error too. At 1, short series stayed over-covered.
    private static func laplaceQuantile(_ level: Float) -> Float {
        let tail = 2 * min(level, 1 - level)
        let magnitude = tail > 0 ? -0.5 * naturalLogarithm(Double(tail)) : 3
        return level < 0.5 ? -Float(magnitude) : Float(magnitude)
    }

    /// False for what no labels lead to.
    var isSound: Bool {
        holdsFloats(offsets, upTo: largestOffset) && conformal.shift.magnitude <= largestOffset
            && (0...largestIssued).contains(issued)
    }
}
