/// How long a sample stands for, told from no later one: a policy that knew a trace's usual step in advance would know
/// something of what comes.
struct SampleSpacing {
    /// Usual seconds between samples so far; 0 before the second.
    private var usual = 0.0
    private var lastSeconds: Int64?

    /// The time of the next sample, seconds, later than the last one's.
    ///
    /// Follows shorter distances at once and longer ones slowly, as the forecaster does: gaps hardly move it.
    /// - Returns: nanoseconds, above 0; a second for the first sample.
    mutating func next(_ seconds: Int64) -> Int64 {
        defer { lastSeconds = seconds }
        guard let lastSeconds else { return 1_000_000_000 }
        let elapsed = Double(seconds - lastSeconds)
        usual = usual == 0 || elapsed < usual ? elapsed : usual + 0.02 * (min(elapsed, 2 * usual) - usual)
        return Int64(min(elapsed, 2 * usual) * 1e9)
    }
}
