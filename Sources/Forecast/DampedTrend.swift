/// Holt's linear trend with a damped slope, in units of one lead time.
///
/// Gardner and McKenzie (1985), with the gains written for irregular steps.
struct DampedTrend: Expert {
    private var level: Float = 0
    /// Change per second.
    private var slope: Float = 0

    mutating func observe(_ sample: Sample) {
        guard !sample.isFirst else {
            level = sample.value
            return
        }
        let predicted = level + slope * min(sample.elapsed, sample.lead)
        let next = predicted + sample.gain(leads: 0.5) * (sample.value - predicted)
        let change = (next - level) / sample.elapsed
        slope = 0.98 * slope + sample.gain(leads: 6) * (change - slope)
        level = next
    }

    func center(_ sample: Sample) -> Float { level + 0.7 * slope * sample.lead }
}
