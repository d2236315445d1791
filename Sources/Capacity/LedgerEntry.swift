/// One line of the ledger: what was asked for and what came of it.
package struct LedgerEntry: Sendable, Hashable {
    package let request: CapacityRequest
    package let outcome: CapacityOutcome
    /// The pool's total before and after, in the resource's unit.
    package let before: Double
    package let after: Double
}
