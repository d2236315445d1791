/// One label that lay above its forecast, in the series' own unit: 12 bytes.
struct KeptMiss: BitwiseCopyable, Sendable {
    private var issued: Float = 0
    private var excess: Float = 0
    /// The low bits of the Unix second at which the forecast was issued.
    private var second: UInt32 = 0

    init() {}

    init(issued: Float, excess: Float, second: Int64) {
        self.issued = issued
        self.excess = excess
        self.second = UInt32(truncatingIfNeeded: second)
    }

    /// As it is told: `now` is a Unix second within 68 years of it, before it where the clock was set back; numbers are
    /// in units of 1/`scale`.
    func told(now: Int64, scale: Double) -> ForecastExplanation.Miss {
        let age = Int32(bitPattern: UInt32(truncatingIfNeeded: now) &- second)
        return ForecastExplanation.Miss(
            issuedSeconds: now &- Int64(age),
            forecast: Double(issued) / scale,
            peak: (Double(issued) + Double(excess)) / scale
        )
    }

    /// False for what no labels lead to.
    var isSound: Bool {
        issued.magnitude <= largestIssued && excess >= 0 && excess <= largestIssued
    }
}
