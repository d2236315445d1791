/// What a simulation is run with.
package struct SimulationSetup: Sendable, Hashable {
    /// A chunk so small that it does not show in cores, bytes or requests.
    package static let continuousChunk = 1e-6

    /// From a request to usable capacity. Headroom is told its median and learns the rest.
    package let lead: LeadModel
    /// What the provider does not do as asked.
    package let failures: FailureShares
    /// Of all chance in the simulation.
    package let seed: UInt64
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
    /// Where the picture of the only trace, or of the pool, goes; `nil` draws none.
    package let plotPath: String?

    package init(
        lead: LeadModel,
        failures: FailureShares = .none,
        seed: UInt64 = 0,
        costRatio: Double,
        policies: [PolicyKind],
        chunk: Double = SimulationSetup.continuousChunk,
        isPooled: Bool = false,
        planDirectory: String? = nil,
        plotPath: String? = nil
    ) {
        precondition(costRatio > 0, "cost ratio must be positive, got \(costRatio)")
        precondition(chunk > 0, "chunk must be positive, got \(chunk)")
        self.lead = lead
        self.failures = failures
        self.seed = seed
        self.costRatio = costRatio
        self.policies = policies
        self.chunk = chunk
        self.isPooled = isPooled
        self.planDirectory = planDirectory
        self.plotPath = plotPath
    }

    /// Whether what is granted comes after another time than the median.
    var leadVaries: Bool {
        if failures.late > 0 { return true }
        if case .constant = lead { return false }
        return true
    }

    /// The same for other prices and policies.
    func with(costRatio: Double, policies: [PolicyKind]) -> SimulationSetup {
        SimulationSetup(
            lead: lead,
            failures: failures,
            seed: seed,
            costRatio: costRatio,
            policies: policies,
            chunk: chunk,
            isPooled: isPooled,
            planDirectory: planDirectory,
            plotPath: plotPath
        )
    }
}
