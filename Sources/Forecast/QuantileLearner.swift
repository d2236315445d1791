/// One quantile at one lead time, the part that only a matured label touches: 176 bytes.
struct QuantileLearner: BitwiseCopyable, Sendable {
    /// How the experts have done against each other.
    var mixture = BernsteinMixture()
    /// What was issued with each pending forecast, by its slot.
    var pendingIssued = InlineArray<6, Float>(repeating: 0)
    /// Labels at or below what was issued.
    private var covered: UInt32 = 0
    /// Mean pinball loss of what was issued, in the series' unit.
    private var meanLoss: Float = 0
    /// The newest label above what was issued.
    private var miss = KeptMiss()
    /// Covered share of the recent labels, in units of 1/65 535.
    private var recent: UInt16 = 0

    init() {}

    /// Adds one label to the record, which lay `excess` above what was issued; `share` is its
    /// part in the mean, 1/labels, `recentShare` that in the recent coverage.
    mutating func record(
        excess: Float,
        issued: Float,
        second: Int64,
        level: Float,
        share: Float,
        recentShare: Float
    ) {
        if excess <= 0, covered < .max - 1 { covered += 1 }
        let before = Float(recent)
        recent = UInt16(before + ((excess <= 0 ? 65_535 : 0) - before) * recentShare + 0.5)
        if excess > 0 { miss = KeptMiss(issued: issued, excess: excess, second: second) }
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

    /// Covered share of about the last hundred labels; `nil` before the first one.
    func recentCoverage(labels: UInt32) -> Double? {
        labels > 0 ? Double(recent) / 65_535 : nil
    }

    /// The newest miss, in units of 1/`scale`; `now` is a Unix second within 68 years of it.
    func lastMiss(labels: UInt32, now: Int64, scale: Double) -> ForecastExplanation.Miss? {
        covered < labels ? miss.told(now: now, scale: scale) : nil
    }

    /// False for what no labels lead to.
    func isSound(labels: UInt32) -> Bool {
        mixture.isSound && holdsFloats(pendingIssued, upTo: largestIssued) && meanLoss.magnitude <= 2 * largestIssued && miss.isSound
            && covered <= labels
    }
}
