package import Aggregates
internal import Planner

/// What the fleet planner reads, forecasts and plans.
package struct FleetConfiguration: Sendable {
    package var resources: [FleetResource]
    package var pools: [FleetPool] = [.all]
    /// Whose values name applications.
    package var label = "application"
    /// Counts the agents that are there: 1 or 0 each.
    package var control = "up{job=\"headroom\"}"
    /// Between rounds, seconds.
    package var intervalSeconds: Int64 = 15
    /// A sample older than so many intervals is none.
    package var staleIntervals: Int64 = 3
    /// How much history is read at the start, seconds; 0: none.
    package var historySeconds: Int64 = 8 * 86_400
    /// Between points of history, seconds.
    package var historyStepSeconds: Int64 = 60
    /// Applications with forecasts of their own, which only explain plans; the others are in their
    /// pools' sums alone.
    package var applicationLimit = 5_000
    /// Less of the agents answering than this, and who is missing may only not have been seen.
    package var healthyShare = 0.99

    package init(resources: [FleetResource]) { self.resources = resources }

    package var staleSeconds: Int64 { staleIntervals * intervalSeconds }

    /// CPU and memory, at five minutes' lead.
    /// - Parameter chunks: smallest steps of capacity, where they are not the standard ones.
    package static func standard(
        costRatio: Double = 19, leadSeconds: Int64 = 300, resources: [Resource] = [.cpu, .memory],
        chunks: [Resource: Double] = [:]
    ) -> FleetConfiguration {
        FleetConfiguration(
            resources: resources.map { resource in
                FleetResource(
                    resource: resource, selector: FleetResource.standardSelector(resource),
                    plan: ResourcePlanConfiguration(
                        costRatio: costRatio, leadTimeNanoseconds: leadSeconds * 1_000_000_000,
                        chunk: chunks[resource] ?? standardChunk(resource), downHysteresis: 0,
                        downHoldNanoseconds: 600_000_000_000))
            })
    }

    package static func standardChunk(_ resource: Resource) -> Double {
        switch resource {
        case .cpu, .requests: 1
        case .memory: 0x1p30
        default: 0x1p20
        }
    }
}
