/// Runs one policy against one series, sample by sample.
package enum Simulation {
    /// What the policy wanted and what that gave, for every sample in order.
    ///
    /// A sample is scored against the capacity usable while it happened, before the policy learns
    /// of it; what it wants then is usable one lead later, or at once when it is less. A missing
    /// sample changes nothing and is not scored.
    ///
    /// - Complexity: linear in the samples, times the policy's own cost.
    package static func run<Policy: CapacityPolicy>(
        _ policy: Policy,
        on series: SimulatedSeries,
        lead: LeadModel,
        failures: FailureShares = .none,
        seed: UInt64 = 0
    ) -> SimulatedPlan {
        var policy = policy
        var spacing = SampleSpacing()
        var plan = SimulatedPlan()
        plan.rows.reserveCapacity(series.values.count)
        var provider: SimulatedProvider?
        var requested = 0.0
        var wasRefused: Bool?
        for (time, value) in zip(series.timestampsSeconds, series.values) {
            let now = time * 1_000_000_000
            let stepNanoseconds = spacing.next(time)
            provider?.advance(to: now)
            if provider == nil, let demand = value {
                requested = policy.initialCapacity(firstDemand: demand)
                provider = SimulatedProvider(
                    lead: lead,
                    failures: failures,
                    ready: requested,
                    seed: seed ^ series.seed
                )
            }
            guard let available = provider?.ready else { continue }
            if let demand = value, let pending = provider?.pending {
                let wanted = policy.wanted(
                    PolicySample(
                        timeNanoseconds: now,
                        demand: demand,
                        stepNanoseconds: stepNanoseconds,
                        ready: available,
                        pending: pending,
                        wasRefused: wasRefused
                    )
                )
                wasRefused = nil
                if let wanted, wanted != provider?.total {
                    if let answer = provider?.request(wanted, at: now) { wasRefused = answer }
                    requested = wanted
                }
            }
            plan.rows.append(
                PlanRow(
                    timestampSeconds: time,
                    demand: value,
                    requested: requested,
                    available: available
                )
            )
        }
        if let provider { plan.tally = provider.tally }
        return plan
    }
}
