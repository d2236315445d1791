package import Aggregates

/// One policy on one resource, over all series that could be scored.
package struct SimulationLine: Sendable, Hashable {
    /// `nil` for all resources together.
    package let resource: Resource?
    package let policy: PolicyKind
    /// Whether the pool's applications were planned each on its own, sharing nothing.
    package let isApart: Bool
    package let seriesCount: Int
    /// Means over series of what `SimulationScore` says of each.
    package let hold: Double
    package let shortage: Double
    package let violationTime: Double
    package let cost: Double
    /// The geometric mean of the cost over the reference policy's on the same series, or `nil`
    /// when that was not run.
    package let costOverReference: Double?
    /// The median over series.
    package let changesPerDay: Double
    /// Sums over series.
    package let tally: RequestTally

    /// As it is told to people.
    package var name: String { isApart ? policy.rawValue + " apart" : policy.rawValue }
}
