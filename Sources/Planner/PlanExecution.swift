/// What came of a plan: over one interval, the demand there was and the capacity there was.
package struct PlanExecution: Sendable, Hashable {
    /// End of the interval, on the clock of `PoolDemand.timeNanoseconds`.
    package var timeNanoseconds: Int64
    /// Length of the interval, nanoseconds; positive.
    package var durationNanoseconds: Int64
    /// The pool's demand in the interval, in the resource's unit.
    package var demand: Double
    /// The capacity that was usable in the interval, in the same unit.
    package var available: Double

    package init(
        timeNanoseconds: Int64,
        durationNanoseconds: Int64,
        demand: Double,
        available: Double
    ) {
        self.timeNanoseconds = timeNanoseconds
        self.durationNanoseconds = durationNanoseconds
        self.demand = demand
        self.available = available
    }
}
