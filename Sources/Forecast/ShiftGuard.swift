/// Notices that demand has left the forecast's range for good: a deploy, a step load.
///
/// Successive samples above the highest quantile issued before the first of them are as good as
/// impossible for a calibrated forecast: two above a 0.99 quantile, three above a 0.9. From then
/// on, and for one lead time after, no quantile may lie below the recent peak, while the
/// trackers learn the new spread.
struct ShiftGuard: BitwiseCopyable, Sendable {
    /// Highest quantile before the streak.
    private var reference: Float = 0
    private var secondsLeft: Float = 0
    private var streak: UInt8 = 0

    /// True while forecasts are to be held up.
    var isActive: Bool { secondsLeft > 0 }

    /// `top` is the highest quantile issued before the sample, `level` its level.
    mutating func observe(_ sample: Sample, top: Float, level: Float) {
        secondsLeft = max(0, secondsLeft - sample.elapsed)
        guard level >= 0.9, !sample.isStart else { return }
        if streak == 0 { reference = top }
        guard sample.value > reference else {
            streak = 0
            return
        }
        let needed: UInt8 = level >= 0.97 ? 2 : 3
        streak = min(streak + 1, needed)
        guard streak == needed else { return }
        secondsLeft = sample.lead
        streak = 0
    }

    /// False for what no samples lead to.
    var isSound: Bool {
        reference.magnitude <= largestIssued && (0...SeriesState.longestSeconds).contains(secondsLeft) && streak <= 3
    }
}
