/// One policy's plan for one series.
package struct SimulatedPlan: Sendable, Hashable {
    /// In time's order, from the first sample that is not missing.
    package var rows: [PlanRow] = []
    /// What became of the plan's requests for more.
    package var tally = RequestTally()

    package init() {}
}
