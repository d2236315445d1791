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
    ) throws(SimulationError) -> SimulationReport {
        // All traces are checked before the first plan is written.
        var names: Set<String> = []
        for path in paths {
            let trace = try Simulator.read(path)
            guard names.insert(trace.application).inserted else {
                throw .duplicateApplication(trace.application)
            }
            if !trace.ignoredColumns.isEmpty {
                let columns = trace.ignoredColumns.map { "\"\($0)\"" }.joined(separator: ", ")
                warn("\(path):1: ignored column \(columns): not a resource")
            }
        }
        var results: [SimulationResult] = []
        if setup.isPooled {
            results = try simulate(Simulator.poolName, try pool(paths), progress: progress)
        } else {
            for (index, path) in paths.enumerated() {
                let trace = try Simulator.read(path)
                results += try simulate(trace.application, trace.series) { share in
                    progress((Double(index) + share) / Double(paths.count))
                }
            }
        }
        return SimulationReport(setup: setup, results: results)
    }

    private func simulate(
        _ name: String,
        _ group: [SimulatedSeries],
        progress: (Double) -> Void
    ) throws(SimulationError) -> [SimulationResult] {
        var results: [SimulationResult] = []
        for (index, policy) in setup.policies.enumerated() {
            var plans: [(resource: Resource, rows: [PlanRow])] = []
            for series in group {
                let rows = policy.run(on: series, setup: setup)
                let score = SimulationScore(
                    rows: rows,
                    stepSeconds: series.stepSeconds,
                    costRatio: setup.costRatio
                )
                results.append(
                    SimulationResult(
                        name: name,
                        resource: series.resource,
                        policy: policy,
                        score: score
                    )
                )
                plans.append((series.resource, rows))
            }
            if let directory = setup.planDirectory {
                try PlanWriter(directory: directory).write(name: name, policy: policy, plans: plans)
            }
            progress(Double(index + 1) / Double(setup.policies.count))
        }
        return results
    }

    /// One series a resource: the sum of all applications that have it.
    private func pool(_ paths: [String]) throws(SimulationError) -> [SimulatedSeries] {
        var all: [SimulatedSeries] = []
        for path in paths { all += try Simulator.read(path).series }
        var pooled: [SimulatedSeries] = []
        for resource in Resource.allCases {
            let members = all.filter { $0.resource == resource }
            guard !members.isEmpty else { continue }
            guard let sum = PoolSeries.sum(of: members, name: Simulator.poolName) else {
                throw .noCommonTimestamp(resource, applications: members.count)
            }
            pooled.append(sum)
        }
        return pooled
    }

    private static func read(_ path: String) throws(SimulationError) -> TraceSeries {
        do throws(TraceError) { return try TraceSeries(path: path) } catch { throw .trace(error) }
    }
}
