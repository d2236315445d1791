/// What a policy sees at one sample of a trace.
package struct PolicySample: Sendable, Hashable {
    package var timeNanoseconds: Int64
    /// Demand over the sample, in the trace's unit.
    package var demand: Double
    /// The time that the sample stands for.
    package var stepNanoseconds: Int64
    /// Capacity that was usable during the sample.
    package var ready: Double
    /// Capacity wanted and not usable yet.
    package var pending: Double
    /// Whether the request for more that the sample before led to was refused; `nil` when there
    /// was none.
    package var wasRefused: Bool?

    package init(
        timeNanoseconds: Int64,
        demand: Double,
        stepNanoseconds: Int64,
        ready: Double,
        pending: Double,
        wasRefused: Bool? = nil
    ) {
        self.timeNanoseconds = timeNanoseconds
        self.demand = demand
        self.stepNanoseconds = stepNanoseconds
        self.ready = ready
        self.pending = pending
        self.wasRefused = wasRefused
    }
}
