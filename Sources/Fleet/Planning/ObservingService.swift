package import Aggregates
package import Capacity
internal import Connect
internal import Synchronization

/// Asks nobody: what is requested counts as there at once. Plans can be watched before they act.
package final class ObservingService: CapacityService {
    private struct Key: Hashable {
        let pool: String
        let resource: Resource
    }

    package let name = "observe"
    private let totals = Mutex<[Key: Double]>([:])

    package init() {}

    package func reserve(_ request: CapacityRequest, onPending: @Sendable () -> Void) async -> CapacityOutcome {
        totals.withLock { $0[Key(pool: request.pool, resource: request.resource)] = request.amount }
        return .granted(amount: request.amount)
    }

    package func observe(
        pool: String, _ resource: Resource, demand: Double?
    ) async -> CapacityObservation? {
        let ready = totals.withLock { $0[Key(pool: pool, resource: resource)] ?? 0 }
        return CapacityObservation(ready: ready, pending: 0, allocatable: nil)
    }
}
