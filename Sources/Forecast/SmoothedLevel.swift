/// Exponential mean with a memory counted in lead times.
struct SmoothedLevel: Expert {
    /// Memory in lead times.
    let memory: Float
    private(set) var level: Float = 0

    init(memory: Float) { self.memory = memory }

    mutating func observe(_ sample: Sample) {
        level += sample.gain(leads: memory) * (sample.value - level)
    }

    func center(_ sample: Sample) -> Float { level }
}
