internal import Aggregates

/// What each policy holds and what it is short of, over a range of cost ratios: the curve that
/// Headroom offers to choose from, and the points where rules that know no price stand.
package struct ParetoStudy: Sendable {
    package let setup: SimulationSetup
    package let costRatios: [Double]

    /// - Parameters:
    ///   - setup: its cost ratio counts for nothing.
    ///   - costRatios: rising, at least one.
    package init(setup: SimulationSetup, costRatios: [Double]) {
        precondition(!costRatios.isEmpty, "a Pareto study needs a cost ratio")
        self.setup = setup
        self.costRatios = costRatios
    }

    /// Runs what a price changes once a ratio, and the rest once. Throws as `Simulator.run` does.
    package func run(
        paths: [String],
        progress: (Double) -> Void = { _ in },
        warn: (String) -> Void = { _ in }
    ) throws(BacktestError) -> ParetoReport {
        let priced = setup.policies.filter(\.followsCostRatio)
        var points: [ParetoPoint] = []
        var results: [SimulationResult] = []
        let fixed = setup.policies.filter { !$0.followsCostRatio }
        let runs = fixed.count + priced.count * costRatios.count
        var done = 0
        func simulate(
            _ policies: [PolicyKind],
            costRatio: Double,
            warn: (String) -> Void
        ) throws(BacktestError) -> [SimulationResult] {
            guard !policies.isEmpty else { return [] }
            let run = Simulator(setup: setup.with(costRatio: costRatio, policies: policies))
            let report = try run.run(
                paths: paths,
                progress: { share in
                    progress((Double(done) + share * Double(policies.count)) / Double(runs))
                },
                warn: warn
            )
            done += policies.count
            return report.results
        }
        results = try simulate(fixed, costRatio: costRatios[0], warn: warn)
        let references = results.filter { $0.policy == PolicyKind.reference }
        for policy in fixed {
            let own = results.filter { $0.policy == policy }
            points += ParetoPoint.points(own, references, planned: nil, costRatios: costRatios)
        }
        for costRatio in costRatios {
            // Warnings were given once.
            let warnings = fixed.isEmpty && costRatio == costRatios[0] ? warn : { _ in }
            let own = try simulate(priced, costRatio: costRatio, warn: warnings)
            for policy in priced {
                for isApart in [false, true] {
                    points += ParetoPoint.points(
                        own.filter { $0.policy == policy && $0.isApart == isApart },
                        references,
                        planned: costRatio,
                        costRatios: costRatios
                    )
                }
            }
        }
        return ParetoReport(setup: setup, costRatios: costRatios, points: points)
    }
}
