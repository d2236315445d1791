/// A rule that capacity could be held by.
package enum TargetCandidate: Sendable, Hashable, CustomStringConvertible {
    /// A quantile of the forecast of the peak over the lead.
    case forecast(Double)
    /// A running quantile of what demand has been.
    case history(Double)
    case lastHour
    case lastDay

    package var description: String {
        switch self {
        case .forecast(let level): "\(Quantity.percentile(level)) of the forecast"
        case .history(let level): "\(Quantity.percentile(level)) of demand so far"
        case .lastHour: "the last hour's peak"
        case .lastDay: "the last day's peak"
        }
    }
}

/// What the candidates come to, and which has the most say.
package struct OptimisedTarget: Sendable, Hashable {
    /// Their weighted mean, as far as it is trusted, and the forecast for the rest; in the
    /// resource's unit.
    package let amount: Double
    package let leader: TargetCandidate
    /// The leader's share of all weight, `0...1`.
    package let share: Double
    /// How far the candidates are trusted: by how long they have been judged, `0..<1`.
    package let trust: Double
}
