/// Bounds requests a second, so that nobody on the host can keep the agent busy with answers.
struct RequestBudget {
    private let perSecond: Double
    private let burst: Double
    private var left: Double
    private var last: Int64

    init(_ limits: ServerLimits, now: Int64) {
        perSecond = limits.requestsPerSecond
        burst = limits.burst
        left = limits.burst
        last = now
    }

    /// - Returns: false when this one is too many.
    mutating func take(now: Int64) -> Bool {
        left = min(burst, left + Double(now - last) / 1e9 * perSecond)
        last = now
        guard left >= 1 else { return false }
        left -= 1
        return true
    }
}
