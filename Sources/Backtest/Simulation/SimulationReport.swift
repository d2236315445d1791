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
        lines = SimulationReport.scopes(of: results).flatMap { scope in
            let scoped = results.filter { scope == nil || $0.resource == scope }
            return setup.policies.flatMap { policy in
                [false, true].compactMap { isApart in
                    SimulationReport.line(
                        scope,
                        scoped.filter { $0.policy == policy && $0.isApart == isApart },
                        references: scoped.filter { $0.policy == PolicyKind.reference },
                        costRatio: setup.costRatio
                    )
                }
            }
        }
    }

    /// The series that have no demand and were left out of the lines.
    package var unscored: [SimulationResult] {
        results.filter { $0.score == nil && $0.policy == setup.policies.first && !$0.isApart }
    }

    /// Every resource there is, and all together where that is more than one.
    static func scopes(of results: [SimulationResult]) -> [Resource?] {
        let resources = Resource.allCases.filter { resource in
            results.contains { $0.resource == resource }
        }
        return resources.count > 1 ? resources + [nil] : resources
    }

    /// Sums up one policy's `results`; `nil` when none could be scored.
    /// - Parameter references: the reference policy's results on the same series.
    static func line(
        _ resource: Resource?,
        _ results: [SimulationResult],
        references: [SimulationResult],
        costRatio: Double
    ) -> SimulationLine? {
        let scores = results.compactMap(\.score)
        guard let head = results.first, !scores.isEmpty else { return nil }
        let count = Double(scores.count)
        func mean(_ path: KeyPath<SimulationScore, Double>) -> Double {
            scores.reduce(0) { $0 + $1[keyPath: path] } / count
        }
        let changes = scores.map(\.changesPerDay).sorted()
        let middle = changes.count / 2
        var tally = RequestTally()
        for result in results { tally += result.tally }
        return SimulationLine(
            resource: resource,
            policy: head.policy,
            isApart: head.isApart,
            seriesCount: scores.count,
            hold: mean(\.hold),
            shortage: mean(\.shortage),
            violationTime: mean(\.violationTime),
            cost: mean(\.cost),
            costOverReference: costOverReference(results, references, costRatio: costRatio),
            changesPerDay: changes.count % 2 == 1
                ? changes[middle] : (changes[middle - 1] + changes[middle]) / 2,
            tally: tally
        )
    }

    /// The geometric mean over series of the cost at `costRatio` over the reference's; `nil` when
    /// no series has both.
    static func costOverReference(
        _ results: [SimulationResult],
        _ references: [SimulationResult],
        costRatio: Double
    ) -> Double? {
        var costs: [Key: Double] = [:]
        for reference in references {
            costs[Key(reference)] = reference.score?.cost(ratio: costRatio)
        }
        var logs: [Double] = []
        for result in results {
            guard let score = result.score, let reference = costs[Key(result)], reference > 0
            else { continue }
            logs.append(log(max(leastRatio, score.cost(ratio: costRatio) / reference)))
        }
        return logs.isEmpty ? nil : exp(logs.reduce(0, +) / Double(logs.count))
    }

    /// What identifies a series among results.
    private struct Key: Hashable {
        let name: String
        let resource: Resource

        init(_ result: SimulationResult) {
            name = result.name
            resource = result.resource
        }
    }
}
