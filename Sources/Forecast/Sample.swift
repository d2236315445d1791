/// A sample as the experts of one horizon see it.
struct Sample {
    /// Demand in the series' unit.
    let value: Float
    /// Seconds since the previous sample; 0 for the first one.
    let elapsed: Float
    /// Effective lead time in seconds: never shorter than the typical step.
    let lead: Float
    /// Weights of this sample in the experts' memories.
    let gains: Gains
    /// Differences that no longer matter: a level this close to its goal has arrived.
    let tolerance: Float
    /// True for the first sample of the series, and while it starts up.
    let isStart: Bool

    /// - Parameter age: seconds since the first sample.
    @inline(__always)
    init(value: Float, elapsed: Float, lead: Float, age: Float, isStart: Bool) {
        self.value = value
        self.elapsed = elapsed
        self.lead = lead
        self.isStart = isStart
        gains = Gains(elapsed: elapsed, lead: lead, age: age, isStart: isStart)
        // The second term is for a series that is 0 again: its unit is about its first value.
        tolerance = value * 0x1p-30 + 0x1p-40
    }

    /// `level` after a step of `gain` towards `goal`; arrives instead of creeping for ever, so
    /// that a series that stands still comes to rest, and no level decays into denormals.
    @inline(__always)
    func step(_ level: Float, towards goal: Float, gain: Float) -> Float {
        let next = level + gain * (goal - level)
        return abs(goal - next) <= tolerance ? goal : next
    }
}
