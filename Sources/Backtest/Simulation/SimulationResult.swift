package import Aggregates

/// How one policy did on one series.
package struct SimulationResult: Sendable, Hashable {
    /// The application or pool.
    package let name: String
    package let resource: Resource
    package let policy: PolicyKind
    /// Whether the pool's applications were planned each on its own, sharing nothing.
    package let isApart: Bool
    /// `nil` when the series has no demand to compare with.
    package let score: SimulationScore?
    package let tally: RequestTally

    package init(
        name: String,
        resource: Resource,
        policy: PolicyKind,
        isApart: Bool = false,
        score: SimulationScore?,
        tally: RequestTally
    ) {
        self.name = name
        self.resource = resource
        self.policy = policy
        self.isApart = isApart
        self.score = score
        self.tally = tally
    }
}
