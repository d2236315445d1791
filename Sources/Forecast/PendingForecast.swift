/// A forecast whose lead time has not passed yet: what was said, and the peak seen since.
struct PendingForecast: Sendable {
    /// When it was issued, Unix nanoseconds.
    var issuedNanoseconds: Int64 = 0
    /// Highest value since.
    var peak: Float = 0
    /// Sum of the coverage of the samples since.
    var coverage: Float = 0
    /// Samples since.
    var sampleCount: Float = 0
    /// What the experts said.
    var centers: Lanes = .zero
    var spreads: Lanes = .zero
    var awake: Lanes = .zero
}
