/// One quantile at one lead time, the part that only a matured label touches: 160 bytes.
struct QuantileLearner: BitwiseCopyable, Sendable {
    /// How the experts have done against each other.
    var mixture = BernsteinMixture()
    /// What was issued with each pending forecast, by its slot.
    var pendingIssued = InlineArray<6, Float>(repeating: 0)
    /// Labels at or below what was issued.
    private var covered: UInt32 = 0
    /// Mean pinball loss of what was issued, in the series' unit.
    private var meanLoss: Float = 0

    init() {}

    /// Adds one label to the record, which lay `excess` above what was issued; `share` is its
    /// part in the mean, 1/labels.
    mutating func record(excess: Float, level: Float, share: Float) {
        covered &+= excess <= 0 ? 1 : 0
        meanLoss += (max(level * excess, (level - 1) * excess) - meanLoss) * share
    }

    /// The record so far over `labels` matured labels; losses in units of 1/`scale`.
    func calibration(labels: UInt32, scale: Double) -> Calibration {
        Calibration(
            maturedLabels: UInt64(labels),
            coveredFraction: labels > 0 ? Double(covered) / Double(labels) : 0,
            meanPinballLoss: Double(meanLoss) / scale
        )
    }

    /// False for what no labels lead to.
    func isSound(labels: UInt32) -> Bool {
        mixture.isSound && holdsFloats(pendingIssued) && meanLoss.isFinite
            && covered <= labels
    }
}
