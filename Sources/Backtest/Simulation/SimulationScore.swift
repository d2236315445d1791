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

    /// What the same plan costs at another ratio.
    package func cost(ratio: Double) -> Double { hold + ratio * shortage }

    /// Scores a plan; `nil` when the trace has no demand at all to compare with.
    ///
    /// Every sample counts for one step. - Complexity: linear in the rows.
    package init?(rows: [PlanRow], stepSeconds: Int64, costRatio: Double) {
        self.init(apart: [rows], stepSeconds: stepSeconds, costRatio: costRatio)
    }

    /// Scores the plans of applications that share nothing: what one of them holds idle does not
    /// help another that is short. A sample is in violation when any of them is short.
    ///
    /// - Precondition: all plans have rows for the same times.
    package init?(apart plans: [[PlanRow]], stepSeconds: Int64, costRatio: Double) {
        guard let count = plans.first?.count, count > 0 else { return nil }
        precondition(plans.allSatisfy { $0.count == count }, "plans of different lengths")
        var demandSum = 0.0
        var held = 0.0
        var missing = 0.0
        var samples = 0
        var violations = 0
        var changes = 0
        for index in 0..<count {
            var isSampled = false
            var isShort = false
            for rows in plans {
                let row = rows[index]
                if index > 0, rows[index - 1].requested != row.requested { changes += 1 }
                guard let demand = row.demand else { continue }
                isSampled = true
                demandSum += demand
                if demand > row.available {
                    isShort = true
                    missing += demand - row.available
                } else {
                    held += row.available - demand
                }
            }
            if isSampled { samples += 1 }
            if isShort { violations += 1 }
        }
        guard demandSum > 0 else { return nil }
        hold = held / demandSum
        shortage = missing / demandSum
        violationTime = Double(violations) / Double(samples)
        cost = hold + costRatio * shortage
        changesPerDay = Double(changes) * 86_400 / (Double(count) * Double(stepSeconds))
    }
}
