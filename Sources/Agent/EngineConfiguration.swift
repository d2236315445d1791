package import Aggregates
package import Planner

/// What the engine forecasts and plans. Fixed for a run, and part of a recording.
package struct EngineConfiguration: Sendable, Hashable {
    /// The intended length of a window in nanoseconds.
    package var intervalNanoseconds: UInt64 = 1_000_000_000
    /// Lead times that every series is forecast for; at most as many as the table shows.
    package var horizonsNanoseconds: [Int64] = [60_000_000_000, 300_000_000_000]
    /// Quantiles of every forecast, increasing. The planner's own are added.
    package var quantiles: [Double] = [0.5, 0.9, 0.95, 0.99]
    /// What is planned for the pool.
    package var plans: [PlannedResource] = []
    /// The node's pool in requests.
    package var pool = "node"
    /// A cgroup's plan begins once so many of its forecasts have been compared with what came.
    package var forecastsToPlanCgroup: UInt64 = 3_600
    /// Cgroups the table holds.
    package var tableSlots = 4096

    package init() {}

    /// `quantiles` with those that the planners ask for, increasing.
    package var allQuantiles: [Double] {
        var all = quantiles
        for plan in plans where !all.contains(plan.configuration.forecastQuantile) {
            all.append(plan.configuration.forecastQuantile)
        }
        return all.sorted()
    }
}

/// One resource that capacity is planned for: the node's, or that of one cgroup.
package struct PlannedResource: Sendable, Hashable {
    package var resource: Resource
    package var configuration: ResourcePlanConfiguration
    /// The cgroup whose limit is planned; nil: the whole node.
    package var cgroup: String?

    package init(
        resource: Resource, configuration: ResourcePlanConfiguration, cgroup: String? = nil
    ) {
        self.resource = resource
        self.configuration = configuration
        self.cgroup = cgroup
    }
}
