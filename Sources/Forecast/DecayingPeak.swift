/// A maximum that forgets: jumps to a new peak at once, then sinks towards the current level.
struct DecayingPeak: Expert {
    private(set) var peak: Float = 0

    mutating func observe(_ sample: Sample, gain: Float) {
        peak = max(sample.step(peak, towards: sample.value, gain: gain), sample.value)
    }

    func center(_ sample: Sample) -> Float { peak }
}
