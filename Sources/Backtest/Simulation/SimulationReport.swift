internal import Aggregates
internal import Glibc

/// The outcome of a simulation: every result, and the lines that sum them up.
package struct SimulationReport: Sendable {
    package let setup: SimulationSetup
    package let results: [SimulationResult]
    /// By resource and then policy, in the order asked for; all resources together last.
    package let lines: [SimulationLine]

    /// A cost ratio counts as at least this: one series without any cost must not take the
    /// geometric mean to nought.
    private static let leastRatio = 1e-3

    package init(setup: SimulationSetup, results: [SimulationResult]) {
        self.setup = setup
        self.results = results
        let resources = Resource.allCases.filter { resource in
            results.contains { $0.resource == resource }
        }
        var scopes: [Resource?] = resources
        if resources.count > 1 { scopes.append(nil) }
        lines = scopes.flatMap { scope in
            let scoped = results.filter { scope == nil || $0.resource == scope }
            let references = SimulationReport.references(in: scoped)
            return setup.policies.compactMap { policy in
                SimulationReport.line(
                    scope,
                    policy,
                    scoped.filter { $0.policy == policy },
                    references: references
                )
            }
        }
    }

    /// The series that have no demand and were left out of the lines.
    package var unscored: [SimulationResult] {
        results.filter { $0.score == nil && $0.policy == setup.policies.first }
    }

    /// What identifies a series among results.
    private struct Key: Hashable {
        let name: String
        let resource: Resource
    }

    private static func references(in results: [SimulationResult]) -> [Key: Double] {
        var costs: [Key: Double] = [:]
        for result in results where result.policy == PolicyKind.reference {
            costs[Key(name: result.name, resource: result.resource)] = result.score?.cost
        }
        return costs
    }

    private static func line(
        _ resource: Resource?,
        _ policy: PolicyKind,
        _ results: [SimulationResult],
        references: [Key: Double]
    ) -> SimulationLine? {
        let scores = results.compactMap(\.score)
        guard !scores.isEmpty else { return nil }
        let count = Double(scores.count)
        func mean(_ path: KeyPath<SimulationScore, Double>) -> Double {
            scores.reduce(0) { $0 + $1[keyPath: path] } / count
        }
        var logs: [Double] = []
        for result in results {
            guard let score = result.score,
                let reference = references[Key(name: result.name, resource: result.resource)],
                reference > 0
            else { continue }
            logs.append(log(max(leastRatio, score.cost / reference)))
        }
        let changes = scores.map(\.changesPerDay).sorted()
        let middle = changes.count / 2
        return SimulationLine(
            resource: resource,
            policy: policy,
            seriesCount: scores.count,
            hold: mean(\.hold),
            shortage: mean(\.shortage),
            violationTime: mean(\.violationTime),
            cost: mean(\.cost),
            costOverReference: logs.isEmpty
                ? nil : exp(logs.reduce(0, +) / Double(logs.count)),
            changesPerDay: changes.count % 2 == 1
                ? changes[middle] : (changes[middle - 1] + changes[middle]) / 2
        )
    }
}
