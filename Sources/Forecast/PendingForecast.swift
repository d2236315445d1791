/// A forecast whose lead time has not passed yet: what the experts said, and the peak since.
///
/// 64 bytes: centers are kept as differences from the value at the time, in half precision.
struct PendingForecast: Sendable {
    /// When it was issued, Unix nanoseconds.
    private(set) var issuedNanoseconds: Int64 = 0
    private var differences = InlineArray<16, HalfFloat>(repeating: HalfFloat(0))
    /// The sample it was issued after.
    private(set) var value: Float = 0
    /// Volatility at the time.
    private(set) var volatility: Float = 0
    /// Highest value since.
    private(set) var peak: Float = 0
    /// Sum of the coverage of the samples since.
    private(set) var coverage: Float = 0
    /// True once a sample has come since.
    private(set) var hasLabel = false
    private(set) var isDayAwake = false
    private(set) var isHourAwake = false

    init() {}

    init(issuedNanoseconds: Int64, centers: Lanes, sample: Sample, volatility: Float) {
        self.issuedNanoseconds = issuedNanoseconds
        let apart = centers - sample.value
        for lane in 0..<16 { differences[lane] = HalfFloat(apart[lane]) }
        value = sample.value
        self.volatility = volatility
        isDayAwake = sample.day.isAwake
        isHourAwake = sample.hour.isAwake
    }

    var centers: Lanes {
        var lanes = Lanes.zero
        for lane in 0..<16 { lanes[lane] = differences[lane].value }
        return lanes + value
    }

    var awake: Lanes { ExpertPanel.awake(day: isDayAwake, hour: isHourAwake) }

    /// A sample within the lead time.
    mutating func add(value: Float, coverage: Float) {
        peak = max(peak, value)
        self.coverage += coverage
        hasLabel = true
    }
}
