internal import Forecast
package import Planner

/// One pool in one resource: what its applications use together, forecast directly and never added
/// up from their forecasts, and its planner.
struct PoolSeries: Sendable {
    var forecaster: SeriesForecaster?
    var planner: ResourcePlanner
    /// Of the last round that saw anything.
    var demand = 0.0
    /// Share of `demand` that is of this round, times the share of agents that answered.
    var coverage = 0.0
    var applications = 0
    /// Applications, or their use, that were not seen in this round and may still be there.
    var held = 0
    var timeNanoseconds = Int64.min
    var previousNanoseconds = Int64.min
    /// Ready at the last plan; nil when it was not known.
    var available: Double?

    init(planner: ResourcePlanner) { self.planner = planner }
}

/// What is said of a pool beside the decision.
package struct FleetPlan: Sendable, Hashable {
    package let pool: String
    package let decision: PlanDecision
    package let allocatable: Double?
    package let applications: Int
    /// Share of matured forecasts that held, at `coverageQuantile`; nil before the first.
    package let coverage: Double?
    package let coverageQuantile: Double
    package let maturedForecasts: UInt64
}
