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
        leadSeconds: Int64
    ) -> [PlanRow] {
        var policy = policy
        let stepNanoseconds = series.stepSeconds * 1_000_000_000
        var timeline: CapacityTimeline?
        var rows: [PlanRow] = []
        rows.reserveCapacity(series.values.count)
        for (time, value) in zip(series.timestampsSeconds, series.values) {
            let now = time * 1_000_000_000
            timeline?.advance(to: now)
            if let demand = value {
                var current =
                    timeline
                    ?? CapacityTimeline(
                        leadNanoseconds: leadSeconds * 1_000_000_000,
                        ready: policy.initialCapacity(firstDemand: demand)
                    )
                let available = current.ready
                let sample = PolicySample(
                    timeNanoseconds: now,
                    demand: demand,
                    stepNanoseconds: stepNanoseconds,
                    ready: available,
                    pending: current.pending
                )
                let total = policy.wanted(sample)
                if total != current.total { current.want(total, at: now) }
                rows.append(
                    PlanRow(
                        timestampSeconds: time,
                        demand: demand,
                        requested: current.total,
                        available: available
                    )
                )
                timeline = current
            } else if let timeline {
                rows.append(
                    PlanRow(
                        timestampSeconds: time,
                        demand: nil,
                        requested: timeline.total,
                        available: timeline.ready
                    )
                )
            }
        }
        return rows
    }
}
