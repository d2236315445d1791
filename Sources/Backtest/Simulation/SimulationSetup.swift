/// What a simulation is run with.
package struct SimulationSetup: Sendable, Hashable {
    /// A chunk so small that it does not show in cores, bytes or requests.
    package static let continuousChunk = 1e-6

    /// Seconds from a request to usable capacity; not negative.
    package let leadSeconds: Int64
    /// Cost of a unit-second short over one held idle; positive.
    package let costRatio: Double
    /// In the order in which they are reported.
    package let policies: [PolicyKind]
    /// Headroom's smallest step of capacity, in the trace's unit; positive.
    package let chunk: Double
    /// Whether applications are added up to one pool and planned as that.
    package let isPooled: Bool
    /// Where plan files go; `nil` writes none.
    package let planDirectory: String?

    package init(
        leadSeconds: Int64,
        costRatio: Double,
        policies: [PolicyKind],
        chunk: Double = SimulationSetup.continuousChunk,
        isPooled: Bool = false,
        planDirectory: String? = nil
    ) {
        precondition(leadSeconds >= 0, "lead must not be negative, got \(leadSeconds)")
        precondition(costRatio > 0, "cost ratio must be positive, got \(costRatio)")
        precondition(chunk > 0, "chunk must be positive, got \(chunk)")
        self.leadSeconds = leadSeconds
        self.costRatio = costRatio
        self.policies = policies
        self.chunk = chunk
        self.isPooled = isPooled
        self.planDirectory = planDirectory
    }
}
