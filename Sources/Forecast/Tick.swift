/// An accepted observation, in the series' own unit, as all horizons share it.
struct Tick {
    let value: Float
    /// Share of the window that was observed, `0...1`.
    let coverage: Float
    /// Unix nanoseconds.
    let now: Int64
    /// Unix seconds.
    let second: Int64
    /// Seconds since the previous sample; 0 for the first one.
    let elapsed: Float
    /// Seconds since the first sample.
    let age: Float
    /// Typical seconds between samples.
    let step: Float
    /// True for the first sample of the series.
    let isFirst: Bool
    /// True if the value is the previous one's.
    let isRepeat: Bool
}
