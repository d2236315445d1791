import Aggregates
import Planner

/// A second, in the planner's unit of time.
let second: Int64 = 1_000_000_000

extension ResourcePlanner {
    /// A CPU planner with a cost ratio of 19 and a lead of 300 s.
    static func cpu(
        chunk: Double = 1,
        minimum: Double = 0,
        maximum: Double = .infinity,
        downHysteresis: Double = 0.1,
        downHoldSeconds: Int64 = 600,
        raisePerMinute: Double? = nil,
        lowerPerMinute: Double? = nil
    ) -> ResourcePlanner {
        ResourcePlanner(
            resource: .cpu,
            configuration: ResourcePlanConfiguration(
                costRatio: 19,
                leadTimeNanoseconds: 300 * second,
                chunk: chunk,
                minimum: minimum,
                maximum: maximum,
                downHysteresis: downHysteresis,
                downHoldNanoseconds: downHoldSeconds * second,
                raisePerMinute: raisePerMinute,
                lowerPerMinute: lowerPerMinute
            )
        )
    }

    /// Plans at `seconds`, without feedback.
    mutating func plan(
        at seconds: Int64,
        demand: Double,
        forecast: Double? = nil,
        ladder: ForecastLadder = ForecastLadder(),
        ready: Double,
        pending: Double = 0,
        ceiling: Double? = nil,
        inUse: Double = 0,
        coverage: Double = 1
    ) -> PlanDecision {
        plan(
            PoolDemand(
                timeNanoseconds: seconds * second,
                demand: demand,
                quantileForecast: forecast,
                ladder: ladder,
                ready: ready,
                pending: pending,
                ceiling: ceiling,
                inUse: inUse,
                coverage: coverage
            )
        )
    }

    /// Tells what became of the plan in the second that ended at `seconds`.
    mutating func feedback(
        at seconds: Int64,
        demand: Double,
        available: Double,
        durationSeconds: Int64 = 1
    ) {
        feedback(
            PlanExecution(
                timeNanoseconds: seconds * second,
                durationNanoseconds: durationSeconds * second,
                demand: demand,
                available: available
            )
        )
    }
}

extension ForecastLadder {
    /// Quantiles 0.5, 0.9, 0.95 and 0.99 of a peak that is uniform on the range.
    static func uniform(_ range: ClosedRange<Double>) -> ForecastLadder {
        var ladder = ForecastLadder()
        for level in [0.5, 0.9, 0.95, 0.99] {
            let value = range.lowerBound + level * (range.upperBound - range.lowerBound)
            ladder.append(level: level, value: value)
        }
        return ladder
    }
}
