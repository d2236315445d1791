/// A maximum that forgets: jumps to a new peak at once, then sinks towards the current level.
struct DecayingPeak: Expert {
    /// Memory in lead times.
    let memory: Float
    private var peak: Float = 0

    init(memory: Float) { self.memory = memory }

    mutating func observe(_ sample: Sample) {
        peak += sample.gain(leads: memory) * (sample.value - peak)
        peak = max(peak, sample.value)
    }

    func center(_ sample: Sample) -> Float { peak }
}
