package import Aggregates
package import Forecast
internal import HeadroomABI
package import Planner

/// What the engine forecasts and plans, and part of a recording. `keeping` says what of it is fixed for a run; the rest may
/// change between ticks.
package struct EngineConfiguration: Sendable, Hashable {
    /// The intended length of a window in nanoseconds.
    package var intervalNanoseconds: UInt64 = 1_000_000_000
    /// Lead times that every series is forecast for; at most as many as the table shows.
    package var horizonsNanoseconds: [Int64] = [60_000_000_000, 300_000_000_000]
    /// Quantiles of every forecast, increasing. The planner's own are added.
    package var quantiles: [Double] = [0.5, 0.9, 0.95, 0.99]
    /// Applications that are planned together; what is in none of them is the node's.
    package var pools: [PoolDefinition] = []
    /// What is planned.
    package var plans: [PlannedResource] = []
    /// What CPU and memory come in together, of the node and of pools; empty: each resource by
    /// itself, in steps of its plan's chunk.
    package var shapes: [ChunkShape] = []
    /// Demand that is known beforehand.
    package var hints: [PlanHint] = []
    /// Whose request rates each tick tells (`TickInput.rates`): the node's or a pool's, each once.
    package var rates: [PlanScope] = []
    /// Recurring spans, in the host's local time, whose samples are not learned; their amount
    /// counts for nothing.
    package var maintenance: [ScheduledDemand] = []
    /// The name in requests of what is in no pool.
    package var pool = "node"
    /// A cgroup's plan begins once so many of its forecasts have been compared with what came.
    package var forecastsToPlanCgroup: UInt64 = 3_600
    /// Cgroups the table holds.
    package var tableSlots = 4096
    /// Quantiles of every forecast, those of plans too, once an engine has begun with them; nil: they
    /// are made of what is configured. Not part of a recording, which has what they are made of.
    private var begun: [Double]?

    package init() {}

    /// Who asks, in requests and for people: a pool's name, or a cgroup's path.
    package func name(of scope: PlanScope) -> String {
        switch scope {
        case .node: pool
        case .pool(let index): pools[index].name
        case .cgroup(let path): path
        }
    }

    /// `quantiles` with those that the planners ask for, as far as there is room, increasing.
    package var allQuantiles: [Double] {
        begun
            ?? QuantileBracket.merge(
                quantiles, plans.map(\.configuration.forecastQuantile), room: Int(HR_TABLE_QUANTILES))
    }

    /// With the windows, lead times, quantiles and places of an engine that runs with `other`, so that
    /// what was learned keeps its meaning. A plan whose quantile is not among them takes the line
    /// between its neighbours.
    package func keeping(_ other: EngineConfiguration) -> EngineConfiguration {
        var kept = self
        kept.intervalNanoseconds = other.intervalNanoseconds
        kept.horizonsNanoseconds = other.horizonsNanoseconds
        kept.quantiles = other.quantiles
        kept.tableSlots = other.tableSlots
        kept.begun = other.allQuantiles
        return kept
    }
}

/// One resource that capacity is planned for.
package struct PlannedResource: Sendable, Hashable {
    package var resource: Resource
    package var configuration: ResourcePlanConfiguration
    package var scope: PlanScope
    /// The cgroup whose limit is planned; nil for the node and pools.
    package var cgroup: String? {
        if case .cgroup(let path) = scope { path } else { nil }
    }

    package init(
        resource: Resource, configuration: ResourcePlanConfiguration, scope: PlanScope = .node
    ) {
        self.resource = resource
        self.configuration = configuration
        self.scope = scope
    }
}
