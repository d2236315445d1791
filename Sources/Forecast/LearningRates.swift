/// Gains for one matured label. They start high and settle, and shrink with the lead: labels
/// arrive late, and overlapping ones tell the same thing again.
struct LearningRates {
    /// Gain of the residual quantiles, in units of an expert's spread.
    let tracker: Float
    /// Gain of the conformal step, in units of the mean error.
    let conformal: Float

    /// - Parameters:
    ///   - experience: labels so far, by weight.
    ///   - overlap: labels that are pending at once, at least 1.
    ///   - weight: share of this label's span that was observed, `0...1`.
    init(experience: Float, overlap: Float, weight: Float) {
        tracker = weight * max(0.1 / overlap.squareRoot(), 1 / (1 + 0.2 * experience))
        conformal = weight * max(0.15 / overlap, 0.2 / (5 + 0.2 * experience))
    }
}
