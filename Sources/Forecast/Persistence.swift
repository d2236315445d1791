/// The last value: hard to beat at short leads, and the first to see a step.
struct Persistence: Expert {
    mutating func observe(_ sample: Sample, gain: Float) {}

    func center(_ sample: Sample) -> Float { sample.value }
}
