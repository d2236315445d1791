/// Peak and coverage of the samples after a forecast.
struct OpenBlock: BitwiseCopyable, Sendable {
    /// Highest value; 0 without samples.
    private(set) var peak: Float = 0
    /// Sum of the samples' coverage; negative without samples.
    private(set) var coverage: Float = -1

    init() {}

    init(peak: Float, coverage: Float) {
        self.peak = peak
        self.coverage = coverage
    }

    var isEmpty: Bool { coverage < 0 }

    @inline(__always)
    mutating func add(value: Float, coverage: Float) {
        peak = max(peak, value)
        self.coverage = max(0, self.coverage) + coverage
    }

    /// Adds the block after this one.
    mutating func add(_ next: OpenBlock) {
        guard !next.isEmpty else { return }
        add(value: next.peak, coverage: next.coverage)
    }
}
