/// One of an object's `status.conditions`.
package struct Condition: Codable, Sendable, Hashable {
    package var type: String
    /// `True`, `False` or `Unknown`.
    package var status: String
    package var reason: String?
    package var message: String?
    /// When `status` last changed, RFC 3339; only ever compared with itself.
    package var lastTransitionTime: String?
    /// The object's generation that it speaks of; absent or 0 where the writer does not say.
    package var observedGeneration: Int64?

    package init(
        type: String,
        status: String,
        reason: String? = nil,
        message: String? = nil,
        lastTransitionTime: String? = nil,
        observedGeneration: Int64? = nil
    ) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
        self.lastTransitionTime = lastTransitionTime
        self.observedGeneration = observedGeneration
    }

    package var isTrue: Bool { status == "True" }
    package var isFalse: Bool { status == "False" }

    /// For people: `LimitedByQuotas: Buffer replicas limited from 4 to 2`.
    var words: String {
        let title = reason.flatMap { $0.isEmpty || $0 == type ? nil : "\(type) (\($0))" } ?? type
        guard let message, !message.isEmpty else { return "\(title) is \(status)" }
        return "\(title): \(message)"
    }
}

extension [Condition] {
    subscript(type: String) -> Condition? { first { $0.type == type } }
}
