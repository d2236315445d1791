/// One line of a plan file, in the trace's unit.
package struct PlanRow: Sendable, Hashable {
    package let timestampSeconds: Int64
    /// `nil` where the trace has no sample.
    package let demand: Double?
    /// The total wanted once the sample was seen.
    package let requested: Double
    /// What was usable during the sample: nothing wanted because of the sample is in it.
    package let available: Double

    package init(timestampSeconds: Int64, demand: Double?, requested: Double, available: Double) {
        self.timestampSeconds = timestampSeconds
        self.demand = demand
        self.requested = requested
        self.available = available
    }
}
