/// Holt's linear trend with a damped slope, in units of one lead time.
///
/// Gardner and McKenzie (1985), with the gains written for irregular steps.
struct DampedTrend: Expert {
    private var level: Float = 0
    /// Change per second.
    private var slope: Float = 0
    /// No sample is larger. A level or a slope's reach beyond it comes of a jump between samples that lie
    /// microseconds apart, and would not be restored from a checkpoint.
    private static let furthest: Float = 1e15

    mutating func observe(_ sample: Sample, gain: Float) {
        guard !sample.isStart else {
            level = sample.value
            return
        }
        let predicted = level + slope * min(sample.elapsed, sample.lead)
        let next = sample.step(predicted, towards: sample.value, gain: gain)
        let change = (next - level) / sample.elapsed
        slope = 0.98 * slope + sample.gains.trendSlope * (change - slope)
        let reach = abs(slope) * sample.lead
        if reach <= sample.tolerance { slope = 0 }
        if reach > Self.furthest { slope *= Self.furthest / reach }
        level = abs(next) <= Self.furthest ? next : (next < 0 ? -Self.furthest : Self.furthest)
    }

    func center(_ sample: Sample) -> Float { level + 0.7 * slope * sample.lead }
}
