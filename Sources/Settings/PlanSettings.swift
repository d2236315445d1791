package import Aggregates

/// How one resource is planned: in cores, bytes or bytes a second.
package struct PlanSettings: Hashable, Sendable {
    package var chunk: Double
    package var minimum = 0.0
    /// Nil: as much as the node has.
    package var maximum: Double?
    /// What the node can give away, where it is less than it has; nil: all of it.
    package var allocatable: Double?
    /// See `ResourcePlanConfiguration`.
    package var raisePerMinute: Double?
    package var lowerPerMinute: Double?
    package var prices = PriceSettings()
    /// Nil: as for all resources.
    package var costRatio: Double?
    package var lead: Int64?

    package init(resource: Resource) {
        chunk =
            switch resource {
            case .cpu: 0.25
            case .memory: 0x1p26
            default: 0x1p20
            }
    }
}
