package import Aggregates

/// Something that can set capacity aside: the node itself, a cluster, a service.
///
/// Owned and called by one task at a time. A provider must be idempotent by request id.
package protocol CapacityProvider {
    /// As it is shown to people and in JSON lines.
    var name: String { get }

    /// Asks for a pool's new total.
    mutating func reserve(_ request: CapacityRequest) -> CapacityOutcome

    /// What a pool really has now, whatever was asked for.
    mutating func observe(pool: String, nowNanoseconds: Int64) -> [Resource: CapacityObservation]
}
