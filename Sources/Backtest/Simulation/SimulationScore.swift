/// What a plan cost, in shares of the demand it served, so that traces of different units and
/// sizes can be averaged.
package struct SimulationScore: Sendable, Hashable {
    /// Capacity above demand, over demand: 0.4 holds 40 % more than is used.
    package let hold: Double
    /// Demand above capacity, over demand.
    package let shortage: Double
    /// The share of samples in which demand was above capacity.
    package let violationTime: Double
    /// `hold + ratio × shortage`.
    package let cost: Double
    /// How often the total wanted changed, a day.
    package let changesPerDay: Double

    /// Scores a plan; `nil` when the trace has no demand at all to compare with.
    ///
    /// Every sample counts for one step. - Complexity: linear in the rows.
    package init?(rows: [PlanRow], stepSeconds: Int64, costRatio: Double) {
        var demandSum = 0.0
        var held = 0.0
        var missing = 0.0
        var samples = 0
        var violations = 0
        var changes = 0
        var lastRequested: Double?
        for row in rows {
            if let last = lastRequested, last != row.requested { changes += 1 }
            lastRequested = row.requested
            guard let demand = row.demand else { continue }
            samples += 1
            demandSum += demand
            if demand > row.available {
                violations += 1
                missing += demand - row.available
            } else {
                held += row.available - demand
            }
        }
        guard demandSum > 0 else { return nil }
        hold = held / demandSum
        shortage = missing / demandSum
        violationTime = Double(violations) / Double(samples)
        cost = hold + costRatio * shortage
        changesPerDay = Double(changes) * 86_400 / (Double(rows.count) * Double(stepSeconds))
    }
}
