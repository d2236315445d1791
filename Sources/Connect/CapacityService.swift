package import Aggregates
package import Capacity

/// Something away from this process that can set capacity aside: a cluster, a service behind a URL.
///
/// Called from many tasks at a time, at most one for a pool and resource: a later request for the
/// same two cancels the task that serves the earlier one.
package protocol CapacityService: Sendable {
    /// As it is shown to people.
    var name: String { get }

    /// Brings the pool's total of the resource to `request.amount`, and returns when that has
    /// happened or cannot. Idempotent by the request's id and by its amount. Never returns
    /// `.pending`: `onPending` is called once it is certain that the request was taken on.
    func reserve(_ request: CapacityRequest, onPending: @Sendable () -> Void) async -> CapacityOutcome

    /// What the pool really has now, whatever was asked for; nil when it is not known.
    /// - Parameter demand: what the pool uses now; nil: as its last request said.
    func observe(pool: String, _ resource: Resource, demand: Double?) async -> CapacityObservation?

    /// Another process decides from now on: nothing that was asked for here is kept up any longer.
    /// What is there stays. A later `reserve` is a new beginning.
    func standDown() async
}

extension CapacityService {
    /// Of a service that keeps nothing up between requests.
    package func standDown() {}
}
