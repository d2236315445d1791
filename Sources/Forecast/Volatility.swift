/// Exponential mean of the absolute deviation from a level: the width of recent noise.
struct Volatility: BitwiseCopyable, Sendable, Equatable {
    /// In the series' unit.
    private(set) var deviation: Float = 0

    /// `level` is the level before this sample.
    mutating func observe(_ sample: Sample, level: Float, gain: Float) {
        guard !sample.isStart else { return }
        deviation = sample.step(deviation, towards: abs(sample.value - level), gain: gain)
    }
}
