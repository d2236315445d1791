/// Gains for one matured label. They start high and settle, and shrink with the lead: labels
/// arrive late, and overlapping ones tell the same thing again.
struct LearningRates {
    /// Gain of the conformal step, in units of the mean error.
    let conformal: Float
    /// Least gain of the residual quantiles, and what it is above that before the level counts.
    private let floor: Float
    private let early: Float
    private let weight: Float

    /// - Parameters:
    ///   - experience: labels so far, by weight.
    ///   - overlap: labels that are pending at once, at least 1.
    ///   - weight: share of this label's span that was observed, `0...1`.
    init(experience: Float, overlap: Float, weight: Float) {
        self.weight = weight
        floor = 0.03 / overlap.squareRoot()
        early = 1.2 / (experience + 40 * overlap)
        conformal = weight * max(0.15 / overlap, 0.2 / (5 + 0.2 * experience))
    }

    /// Gain of the residual quantiles, in units of an expert's spread.
    ///
    /// Robbins and Monro's 1/(f n) with the density f that an exponential tail has at its
    /// quantile, (1 - level)/spread, as if 40 independent labels had come before; then constant.
    func tracker(level: Float) -> Float {
        let tail = max(0.005, min(level, 1 - level))
        return weight * max(floor, min(1, early / tail))
    }
}
