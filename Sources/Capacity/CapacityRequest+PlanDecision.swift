package import Planner

extension CapacityRequest {
    /// The request that carries out `decision`, or `nil` when there is nothing to ask for.
    package init?(id: UInt64, pool: String, decision: PlanDecision) {
        guard decision.change != 0 else { return nil }
        self.init(
            id: id,
            pool: pool,
            resource: decision.resource,
            amount: decision.requestedTotal,
            change: decision.change,
            requestedAtNanoseconds: decision.timeNanoseconds,
            neededByNanoseconds: decision.neededByNanoseconds,
            reasons: decision.reasons
        )
        demand = decision.demand
    }
}
