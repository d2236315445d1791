internal import Aggregates
internal import Planner

/// One round of planning over many pools: feedback on the last plan, and the next.
enum PlannerBench {
    static let name = "planner"

    static func run(_ context: BenchContext) {
        for (pools, target) in [(1000, 0.5), (10_000, 5.0), (100_000, 50.0)] {
            var planners = (0..<pools).map { _ in
                ResourcePlanner(
                    resource: .cpu,
                    configuration: ResourcePlanConfiguration(
                        costRatio: 19,
                        leadTimeNanoseconds: 300_000_000_000,
                        chunk: 0.25
                    )
                )
            }
            var ready = [Double](repeating: 0, count: pools)
            var demand = Demand()
            var time: Int64 = 0
            var rounds: [Double] = []
            for round in 0..<context.rounds(200, quick: 100) {
                time += 1_000_000_000
                let start = Clock.thread()
                for index in planners.indices {
                    let used = demand.next()
                    planners[index].feedback(
                        PlanExecution(
                            timeNanoseconds: time,
                            durationNanoseconds: 1_000_000_000,
                            demand: used,
                            available: ready[index]
                        )
                    )
                    var ladder = ForecastLadder()
                    for (level, reach) in [(0.5, 1.0), (0.9, 1.1), (0.95, 1.2), (0.99, 1.4)] {
                        ladder.append(level: level, value: used * reach)
                    }
                    let decision = planners[index].plan(
                        PoolDemand(
                            timeNanoseconds: time,
                            demand: used,
                            quantileForecast: used * 1.2,
                            ladder: ladder,
                            ready: ready[index]
                        )
                    )
                    ready[index] += decision.change
                }
                if round >= 20 { rounds.append(Double(Clock.thread() - start) / 1e6) }
            }
            context.report.add(
                Figure(
                    name,
                    "a round over \(pools) pools",
                    unit: "ms",
                    Spread(rounds),
                    target: target,
                    note:
                        "\(Report.number(Spread(rounds).median * 1e6 / Double(pools))) ns a plan, feedback included"
                )
            )
        }
    }
}
