/// Exponential mean with a memory counted in lead times.
struct SmoothedLevel: Expert {
    private(set) var level: Float = 0

    mutating func observe(_ sample: Sample, gain: Float) {
        level = sample.step(level, towards: sample.value, gain: gain)
    }

    func center(_ sample: Sample) -> Float { level }
}
