/// Weights of one sample in exponential means with memories of so many lead times: the
/// first-order rational form of 1 - e^(-elapsed/memory). All at once: a division each is what
/// they cost.
///
/// The width of the noise is a running mean until its memory is full: it starts from nothing,
/// and until the first label it is all that is known about the spread.
struct Gains {
    private let values: SIMD8<Float>

    var trendLevel: Float { values[0] }
    var middle: Float { values[1] }
    var slow: Float { values[2] }
    var volatility: Float { values[3] }
    var trendSlope: Float { values[4] }
    var peak: Float { values[5] }

    @inline(__always)
    init(elapsed: Float, lead: Float, age: Float, isStart: Bool) {
        var spans = SIMD8<Float>(0.6, 1.5, 9, 1.9, 1.75, 3, 1, 1) * lead
        spans[3] = min(spans[3], age)
        values =
            isStart
            ? SIMD8(repeating: 1)
            : SIMD8(repeating: elapsed) / (spans + elapsed)
    }
}
