package import Aggregates

/// What one policy would have cost on the same demand.
package struct PolicyCost: Sendable {
    package let resource: Resource
    package let policy: String
    package let summary: String
    /// Capacity above demand and demand above capacity, over demand.
    package let hold: Double
    package let shortage: Double
    package let violationTime: Double
    package let cost: Double
    package let changesPerDay: Double
    package let isHeadroom: Bool

    package init(
        resource: Resource, policy: String, summary: String, hold: Double, shortage: Double, violationTime: Double,
        cost: Double, changesPerDay: Double, isHeadroom: Bool
    ) {
        self.resource = resource
        self.policy = policy
        self.summary = summary
        self.hold = hold
        self.shortage = shortage
        self.violationTime = violationTime
        self.cost = cost
        self.changesPerDay = changesPerDay
        self.isHeadroom = isHeadroom
    }
}
