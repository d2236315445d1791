/// What one pool really has of one resource.
package struct CapacityObservation: Sendable, Hashable {
    /// Granted and usable, in the resource's unit.
    package var ready: Double
    /// Requested and not usable yet.
    package var pending: Double
    /// All that can ever be granted; `nil` when the provider knows no limit.
    package var allocatable: Double?

    package init(ready: Double, pending: Double, allocatable: Double?) {
        self.ready = ready
        self.pending = pending
        self.allocatable = allocatable
    }
}
