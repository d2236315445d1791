package import Aggregates

/// How one policy did on one series.
package struct SimulationResult: Sendable, Hashable {
    /// The application or pool.
    package let name: String
    package let resource: Resource
    package let policy: PolicyKind
    /// `nil` when the series has no demand to compare with.
    package let score: SimulationScore?
}
