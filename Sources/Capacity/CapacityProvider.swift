package import Aggregates

/// Something that can set capacity aside: the node itself, a cluster, a service.
///
/// Owned and called by one task at a time. A provider must be idempotent by request id.
package protocol CapacityProvider {
    /// As it is shown to people and in JSON lines.
    var name: String { get }

    /// Asks for a pool's new total.
    mutating func reserve(_ request: CapacityRequest) -> CapacityOutcome

    /// What a pool really has of a resource now, whatever was asked for; nil when it is not known.
    mutating func observe(
        pool: String, _ resource: Resource, nowNanoseconds: Int64
    ) -> CapacityObservation?
}
