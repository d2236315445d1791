package import Agent
package import Aggregates

/// Applications that share capacity, as the configuration has them.
package struct PoolSettings: Hashable, Sendable {
    package var name = ""
    package var cgroups: [CgroupPattern] = []
    /// Nil: as for the node.
    package var resources: [Resource]?
    package var costRatio: Double?
    package var lead: Int64?
    package var priority = 0
    package var weight = 1.0
    /// By `Resource.measured`.
    package var plans: [PoolPlanSettings] = Resource.measured.map { _ in PoolPlanSettings() }

    package init() {}
}

/// What a pool's plan of one resource has of its own; nil: as the node's. A pool has no least and
/// no most but its own.
package struct PoolPlanSettings: Hashable, Sendable {
    package var chunk: Double?
    package var minimum: Double?
    package var maximum: Double?
    package var raisePerMinute: Double?
    package var lowerPerMinute: Double?
    /// What is not given is as for the node.
    package var prices = PriceSettings()
    package var costRatio: Double?
    package var lead: Int64?

    package init() {}
}
