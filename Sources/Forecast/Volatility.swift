/// Exponential mean of the absolute deviation from a level: the width of recent noise.
struct Volatility: Sendable {
    /// Memory in lead times.
    let memory: Float
    /// In the series' unit.
    private(set) var deviation: Float = 0

    init(memory: Float) { self.memory = memory }

    /// `level` is the level before this sample.
    mutating func observe(_ sample: Sample, level: Float) {
        guard !sample.isFirst else { return }
        deviation += sample.gain(leads: memory) * (abs(sample.value - level) - deviation)
    }
}
