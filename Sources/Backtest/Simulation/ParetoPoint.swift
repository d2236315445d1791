internal import Aggregates

/// Where one policy stands between holding and running short.
package struct ParetoPoint: Sendable, Hashable {
    /// Over all series that could be scored. Its cost is at `plannedFor`, or at the lowest ratio.
    package let line: SimulationLine
    /// The cost ratio it was told; `nil` for a rule that takes none.
    package let plannedFor: Double?
    /// Its cost over the reference policy's at each ratio of the study.
    package let costOverReference: [Double?]

    /// One point a resource, from one policy's results.
    static func points(
        _ results: [SimulationResult],
        _ references: [SimulationResult],
        planned: Double?,
        costRatios: [Double]
    ) -> [ParetoPoint] {
        SimulationReport.scopes(of: results).compactMap { scope in
            let own = results.filter { scope == nil || $0.resource == scope }
            let compared = references.filter { scope == nil || $0.resource == scope }
            guard
                let line = SimulationReport.line(
                    scope,
                    own,
                    references: compared,
                    costRatio: planned ?? costRatios[0]
                )
            else { return nil }
            return ParetoPoint(
                line: line,
                plannedFor: planned,
                costOverReference: costRatios.map {
                    SimulationReport.costOverReference(own, compared, costRatio: $0)
                }
            )
        }
    }

    /// Whether another point holds no more, is short of no more, and is better in one of the two.
    func isDominated(by other: ParetoPoint) -> Bool {
        other.line.hold <= line.hold && other.line.shortage <= line.shortage
            && (other.line.hold < line.hold || other.line.shortage < line.shortage)
    }
}
