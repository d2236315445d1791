internal import Capacity
internal import FoundationEssentials

/// What the service may answer with a 2xx: deploy/webhook/openapi.yaml.
enum WebhookReply {
    case final(CapacityOutcome)
    /// `poll`: where to ask what came of it.
    case pending(poll: String, after: Duration?)

    private struct Members: Decodable {
        var outcome: String?
        var amount: Double?
        var reason: String?
        var poll: String?
        var retry_after_s: Double?
    }

    /// - Parameter requested: what was asked for, which `granted` stands for.
    init(_ body: [UInt8], requested: Double) throws(WebhookError) {
        let members: Members
        do {
            members = try JSONDecoder().decode(Members.self, from: Data(body))
        } catch {
            throw WebhookError("the reply is no JSON object such as {\"outcome\":\"granted\"}: \(Self.excerpt(body))")
        }
        func amount() throws(WebhookError) -> Double {
            guard let amount = members.amount, amount >= 0 else {
                throw WebhookError("the reply is partial and has no amount that is 0 or more")
            }
            return amount
        }
        let reason = members.reason ?? "the service gave no reason"
        switch members.outcome {
        case "granted":
            if let amount = members.amount, amount < 0 { throw WebhookError("the reply grants \(amount)") }
            self = .final(.granted(amount: members.amount ?? requested))
        case "partial": self = .final(.partial(amount: try amount(), reason: reason))
        case "denied": self = .final(.denied(reason: reason))
        case "pending":
            guard let poll = members.poll else {
                throw WebhookError("the reply is pending and has no poll, which says where to ask")
            }
            let after = members.retry_after_s.map { Duration.seconds(min(max($0, 0), 86_400)) }
            self = .pending(poll: poll, after: after)
        default:
            throw WebhookError(
                "the reply's outcome is \(members.outcome.map { "\"\($0.prefix(40))\"" } ?? "missing"); expected granted, partial, denied or pending"
            )
        }
    }

    /// For people, in one line.
    static func excerpt(_ body: [UInt8]) -> String {
        let text = String(decoding: body.prefix(120), as: UTF8.self)
        let line = String(text.unicodeScalars.map { $0.value < 0x20 ? " " : Character($0) })
        return body.isEmpty ? "it is empty" : "\"\(line)\""
    }
}
