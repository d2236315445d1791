/// The highest of what was seen in the last 30 to 60 seconds: a scrape comes less often than a
/// window, and would miss most peaks.
struct PeakHold: Sendable {
    private var current: Float = 0
    private var before: Float = 0
    /// Unix nanoseconds.
    private var started: UInt64 = 0
    private static let span: UInt64 = 30_000_000_000

    var highest: Float { max(current, before) }

    mutating func see(_ value: Float, at time: UInt64) {
        if time >= started &+ Self.span {
            before = time >= started &+ 2 &* Self.span ? 0 : current
            current = 0
            started = time
        }
        current = max(current, value)
    }
}
