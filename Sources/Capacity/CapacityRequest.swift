package import Aggregates

/// One request for capacity: a new total, why, and by when.
///
/// The total, not the step, is what counts: a provider that sees the request twice, or late,
/// ends at the same capacity.
package struct CapacityRequest: Sendable, Hashable {
    /// Idempotency key; grows with every new request to one provider.
    package var id: UInt64
    /// The pool that asks: a node, a node group, a namespace.
    package var pool: String
    package var resource: Resource
    /// The pool's new total wanted, in the resource's unit; not negative.
    package var amount: Double
    /// The signed step from what was ready and pending when the request was made; for display.
    package var change: Double
    package var requestedAtNanoseconds: Int64
    package var neededByNanoseconds: Int64
    /// Why, in words and numbers.
    package var reasons: [String]
    /// What the pool used when it asked, in the resource's unit; nil when that is not known. Whoever
    /// keeps only what stands idle beside a running workload keeps `amount` less this.
    package var demand: Double? = nil
    /// The pool's chunks in all, CPU and memory together, where it comes in such; the amounts of
    /// both resources are what these add up to.
    package var chunks: [ChunkCount] = []

    package init(
        id: UInt64,
        pool: String,
        resource: Resource,
        amount: Double,
        change: Double,
        requestedAtNanoseconds: Int64,
        neededByNanoseconds: Int64,
        reasons: [String]
    ) {
        self.id = id
        self.pool = pool
        self.resource = resource
        self.amount = amount
        self.change = change
        self.requestedAtNanoseconds = requestedAtNanoseconds
        self.neededByNanoseconds = neededByNanoseconds
        self.reasons = reasons
    }
}

/// How many chunks of one shape.
package struct ChunkCount: Sendable, Hashable {
    package var shape: String
    package var count: Int

    package init(shape: String, count: Int) {
        self.shape = shape
        self.count = count
    }
}
