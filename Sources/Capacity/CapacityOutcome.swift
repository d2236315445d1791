/// A provider's answer. Amounts are the pool's new total, in the resource's unit.
package enum CapacityOutcome: Sendable, Hashable {
    /// All of it is there.
    case granted(amount: Double)
    /// Less than asked for: the pool's total is now `amount`.
    case partial(amount: Double, reason: String)
    /// The pool's total is what it was.
    case denied(reason: String)
    /// Taken on; it will show in `observe`.
    case pending
}
