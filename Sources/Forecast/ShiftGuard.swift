/// Notices that demand has left the forecast's range for good: a deploy, a step load.
///
/// Successive samples above the highest quantile are as good as impossible for a calibrated
/// forecast: two above a 0.99 quantile, three above a 0.9. From then on, and for one lead time
/// after, no quantile may lie below the recent peak, while the trackers learn the new spread.
struct ShiftGuard: Sendable {
    private var streak: UInt8 = 0
    private var secondsLeft: Float = 0

    /// True while forecasts are to be held up.
    var isActive: Bool { secondsLeft > 0 }

    /// `exceeded`: the sample lay above the highest quantile issued before it, of level `level`.
    mutating func observe(exceeded: Bool, level: Float, sample: Sample) {
        secondsLeft = max(0, secondsLeft - sample.elapsed)
        guard exceeded, level >= 0.9, !sample.isFirst else {
            streak = 0
            return
        }
        if streak < 3 { streak += 1 }
        if streak >= (level >= 0.97 ? 2 : 3) { secondsLeft = sample.lead }
    }
}
