/// What short peaks need beyond the mean of a window.
///
/// A limit is kept in periods of 100 ms, a forecast is of means over a window: a limit at the
/// mean's quantile stops a load that is uneven within its windows. The allowance is the 0.9
/// quantile of the excess of a window's highest period over the window's mean, so of ten windows
/// one meets its limit in a period or so: about one period in a hundred, as the mean's own 0.99
/// quantile does. Tracked by stochastic approximation (Robbins and Monro, 1951) in steps that
/// follow the excess's own size, so that one peak does not hold capacity for minutes.
///
/// Value type; O(1).
package struct BurstAllowance: Sendable, Hashable {
    static let level = 0.9
    static let gain = 0.05

    /// In the resource's unit; not negative.
    package private(set) var amount = 0.0
    private var scale = 0.0
    private var count = 0

    package init() {}

    /// - Parameters:
    ///   - mean: over the window.
    ///   - peak: the highest mean over a limit's period within it.
    package mutating func observe(mean: Double, peak: Double) {
        let excess = max(0, peak - mean)
        guard excess.isFinite else { return }
        count = min(count + 1, 1_000)
        // At first a mean of few, then of the last twenty or so.
        let rate = max(Self.gain, 1 / Double(count))
        scale += rate * (excess - scale)
        let step = 4 * rate * scale
        amount = max(0, amount + step * (excess > amount ? Self.level : Self.level - 1))
    }
}
