/// What short peaks need beyond the mean of a window.
///
/// A limit is kept in periods of 100 ms, a forecast is of means over a window: a limit at the
/// mean's quantile stops a load that is uneven within the window. The allowance is the largest
/// excess of a peak over its window's mean, given up by half in `halfLife`.
///
/// Value type; O(1).
package struct BurstAllowance: Sendable, Hashable {
    /// Seconds.
    static let halfLife = 300.0

    /// In the resource's unit.
    package private(set) var amount = 0.0
    private var lastTime: Int64?

    package init() {}

    /// - Parameters:
    ///   - mean: over the window.
    ///   - peak: the highest mean over a limit's period within it.
    ///   - time: of the window's end, in nanoseconds; windows come in order.
    package mutating func observe(mean: Double, peak: Double, at time: Int64) {
        if let last = lastTime, time > last {
            // Linear near zero, and never below it: no exponential is needed for a second.
            amount *= 1 / (1 + Double(time - last) / 1e9 * 0.693_147 / Self.halfLife)
        }
        lastTime = time
        guard peak.isFinite, mean.isFinite else { return }
        amount = max(amount, peak - mean)
    }
}
