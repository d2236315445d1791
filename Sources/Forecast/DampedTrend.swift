/// Holt's linear trend with a damped slope, in units of one lead time.
///
/// Gardner and McKenzie (1985), with the gains written for irregular steps.
struct DampedTrend: Expert {
    private var level: Float = 0
    /// Change per second.
    private var slope: Float = 0

    mutating func observe(_ sample: Sample, gain: Float) {
        guard !sample.isStart else {
            level = sample.value
            return
        }
        let predicted = level + slope * min(sample.elapsed, sample.lead)
        let next = sample.step(predicted, towards: sample.value, gain: gain)
        let change = (next - level) / sample.elapsed
        slope = 0.98 * slope + sample.gains.trendSlope * (change - slope)
        if abs(slope) * sample.lead <= sample.tolerance { slope = 0 }
        level = next
    }

    func center(_ sample: Sample) -> Float { level + 0.7 * slope * sample.lead }
}
