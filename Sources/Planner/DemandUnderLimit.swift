/// What an application would use if its limit let it.
///
/// Use under a limit is at most the limit, so whoever sizes limits by use alone never raises one
/// that is too low. That the kernel stops an application says that it wants more, and for how much
/// of the time says about how much: one task stopped for the share `s` of the time wants
/// `1 / (1 - s)` of what it got, which `1 + s` stays below for any `s`. A first step that is too
/// small is made up by the next: each is a quarter at least, so that a limit ten times too low is
/// ten steps.
package enum DemandUnderLimit {
    /// The share of a window below which being stopped is an accident.
    package static let leastStalled = 0.01
    static let leastStep = 0.25
    static let largestStep = 1.0

    /// - Parameters:
    ///   - use: over the window, in the resource's unit.
    ///   - limit: in the same unit; infinite without one.
    ///   - stalled: seconds in which it was stopped over the window's; 0 or more, and more than 1
    ///     when it was stopped on several CPUs.
    package static func estimate(use: Double, limit: Double, stalled: Double) -> Double {
        guard stalled >= leastStalled, limit.isFinite else { return use }
        return max(use, limit) * (1 + min(largestStep, max(leastStep, stalled)))
    }
}
