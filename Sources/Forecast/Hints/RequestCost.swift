/// What a request costs in a resource, learned from both series as they come: the slope of the
/// regression of demand on the request rate, over an exponential memory of three hours.
///
/// A slope, not the quotient: what an application uses without any request does not count.
package struct RequestCost: Sendable, Hashable {
    private static let memorySeconds = 10_800.0

    private var weight = 0.0
    private var meanRate = 0.0
    private var meanDemand = 0.0
    private var variance = 0.0
    private var covariance = 0.0
    private var lastNanoseconds: Int64 = 0

    package init() {}

    /// Learns one pair of samples. What is not finite or negative, and a second pair of one time, is left out; one before the
    /// last, as when a clock was set back, is taken as if no time had passed.
    package mutating func observe(timeNanoseconds: Int64, rate: Double, demand: Double) {
        guard rate.isFinite, demand.isFinite, rate >= 0, demand >= 0 else { return }
        guard weight == 0 || timeNanoseconds != lastNanoseconds else { return }
        let elapsed =
            weight == 0 ? 0 : max(0, (Double(timeNanoseconds) - Double(lastNanoseconds)) / 1e9)
        lastNanoseconds = timeNanoseconds
        weight = weight * Self.memorySeconds / (Self.memorySeconds + elapsed) + 1
        let share = 1 / weight
        let rateApart = rate - meanRate
        let demandApart = demand - meanDemand
        meanRate += share * rateApart
        meanDemand += share * demandApart
        variance += share * (rateApart * (rate - meanRate) - variance)
        covariance += share * (rateApart * (demand - meanDemand) - covariance)
    }

    /// Demand per request a second; `nil` while the rate has hardly moved, because then nothing
    /// can be known.
    package var perRequest: Double? {
        guard weight > 10, variance > 1e-4 * meanRate * meanRate, variance > 0 else { return nil }
        return max(0, covariance / variance)
    }
}
