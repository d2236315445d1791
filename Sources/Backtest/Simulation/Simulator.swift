internal import Aggregates

/// Runs every policy on every application, or on the pool of them, and scores them.
///
/// Holds one trace in memory at a time, or all of them for a pool.
package struct Simulator: Sendable {
    package static let poolName = "pool"

    package let setup: SimulationSetup

    package init(setup: SimulationSetup) {
        self.setup = setup
    }

    /// - Parameters:
    ///   - progress: called with the share of work that is done, `0...1`.
    ///   - warn: called with each warning for people, such as an ignored column.
    package func run(
        paths: [String],
        progress: (Double) -> Void = { _ in },
        warn: (String) -> Void = { _ in }
    ) throws(BacktestError) -> SimulationReport {
        if setup.plotPath != nil && !setup.isPooled && paths.count != 1 {
            throw .plotNeedsOneTrace(paths.count)
        }
        // All traces are checked before the first plan is written.
        var names = TraceNames()
        for path in paths {
            let trace = try Simulator.read(path)
            try names.add(
                trace.application, ignoredColumns: trace.ignoredColumns, path: path, warn: warn)
        }
        var results: [SimulationResult] = []
        if setup.isPooled {
            let groups = try members(paths)
            // What is planned apart is as many plans again as there are members.
            let runs = groups.reduce(0) { $0 + setup.policies.count + apart.count * $1.count }
            var done = 0
            func step() {
                done += 1
                progress(Double(done) / Double(runs))
            }
            let sums = groups.compactMap { PoolSeries.sum(of: $0, name: Simulator.poolName) }
            results = try simulate(Simulator.poolName, sums, step: step)
            for group in groups {
                results += apart.map { policy in
                    simulateApart(policy, group, step: step)
                }
            }
        } else {
            for (index, path) in paths.enumerated() {
                let trace = try Simulator.read(path)
                var done = 0
                let runs = setup.policies.count * trace.series.count
                results += try simulate(trace.application, trace.series) {
                    done += 1
                    progress((Double(index) + Double(done) / Double(runs)) / Double(paths.count))
                }
            }
        }
        return SimulationReport(setup: setup, results: results)
    }

    /// Policies that are also run on each of a pool's applications by itself: what pooling is
    /// worth is told of Headroom, and costs as much again as the applications are many.
    private var apart: [PolicyKind] { setup.policies.filter { $0 == .headroom } }

    private func simulate(
        _ name: String,
        _ group: [SimulatedSeries],
        step: () -> Void
    ) throws(BacktestError) -> [SimulationResult] {
        var results: [SimulationResult] = []
        var panels: [PolicyPanel] = []
        for policy in setup.policies {
            var plans: [(resource: Resource, rows: [PlanRow])] = []
            for series in group {
                let plan = policy.run(on: series, setup: setup)
                let score = SimulationScore(
                    rows: plan.rows,
                    stepSeconds: series.stepSeconds,
                    costRatio: setup.costRatio
                )
                results.append(
                    SimulationResult(
                        name: name,
                        resource: series.resource,
                        policy: policy,
                        score: score,
                        tally: plan.tally
                    )
                )
                plans.append((series.resource, plan.rows))
                if setup.plotPath != nil {
                    panels.append(
                        PolicyPanel(
                            policy: policy,
                            resource: series.resource,
                            rows: plan.rows,
                            score: score
                        )
                    )
                }
                step()
            }
            if let directory = setup.planDirectory {
                try PlanWriter(directory: directory).write(name: name, policy: policy, plans: plans)
            }
        }
        if let path = setup.plotPath {
            try PolicyPlot(name: name, setup: setup, panels: panels).write(to: path)
        }
        return results
    }

    /// The pool's applications, each planned on its own, scored as one.
    private func simulateApart(
        _ policy: PolicyKind,
        _ members: [SimulatedSeries],
        step: () -> Void
    ) -> SimulationResult {
        var tally = RequestTally()
        let plans = members.map { member in
            let plan = policy.run(on: member, setup: setup)
            tally += plan.tally
            step()
            return plan.rows
        }
        return SimulationResult(
            name: Simulator.poolName,
            resource: members[0].resource,
            policy: policy,
            isApart: true,
            score: SimulationScore(
                apart: plans,
                stepSeconds: members[0].stepSeconds,
                costRatio: setup.costRatio
            ),
            tally: tally
        )
    }

    /// By resource, all applications that have it, where all of them have a sample.
    private func members(_ paths: [String]) throws(BacktestError) -> [[SimulatedSeries]] {
        var all: [SimulatedSeries] = []
        for path in paths { all += try Simulator.read(path).series }
        var groups: [[SimulatedSeries]] = []
        for resource in Resource.allCases {
            let members = all.filter { $0.resource == resource }
            guard !members.isEmpty else { continue }
            guard let aligned = PoolSeries.aligned(members) else {
                throw .noCommonTimestamp(resource, applications: members.count)
            }
            groups.append(aligned)
        }
        return groups
    }

    private static func read(_ path: String) throws(BacktestError) -> TraceSeries {
        do throws(TraceError) { return try TraceSeries(path: path) } catch { throw .trace(error) }
    }
}
