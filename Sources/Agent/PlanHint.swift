package import Aggregates
package import Forecast

/// Demand that is known beforehand, of one planned resource.
package struct PlanHint: Sendable, Hashable {
    /// The node's plan or a pool's.
    package var scope: PlanScope
    /// `requests`: the rate itself, of which each resource's cost is learned.
    package var resource: Resource
    /// In the host's local time.
    package var demand: ScheduledDemand

    package init(scope: PlanScope, resource: Resource, demand: ScheduledDemand) {
        self.scope = scope
        self.resource = resource
        self.demand = demand
    }
}
