package import Aggregates
package import Capacity
internal import FoundationEssentials

/// Lines that a provider program writes to the agent: docs/provider-program.md.
package enum AnswerLine {
    private struct Outcome: Encodable {
        let type = "outcome"
        let id: UInt64
        let outcome: String
        var amount: Double?
        var reason: String?
    }

    private struct Capacity: Encodable {
        let type = "capacity"
        let pool: String
        let resource: String
        let ready: Double
        let pending: Double
        let allocatable: Double?
    }

    /// With its end.
    package static func outcome(_ outcome: CapacityOutcome, id: UInt64) -> [UInt8] {
        switch outcome {
        case .granted(let amount): line(Outcome(id: id, outcome: "granted", amount: amount))
        case .partial(let amount, let reason):
            line(Outcome(id: id, outcome: "partial", amount: amount, reason: reason))
        case .denied(let reason): line(Outcome(id: id, outcome: "denied", reason: reason))
        case .pending: line(Outcome(id: id, outcome: "pending"))
        }
    }

    package static func capacity(
        _ observation: CapacityObservation, pool: String, _ resource: Resource
    ) -> [UInt8] {
        line(
            Capacity(
                pool: pool, resource: resource.name, ready: observation.ready,
                pending: observation.pending, allocatable: observation.allocatable))
    }

    private static func line(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // JSON has no number that is none: such a figure is a mistake in this program.
        guard let data = try? encoder.encode(value) else { preconditionFailure("\(value) is no JSON") }
        return Array(data) + [UInt8(ascii: "\n")]
    }
}
