package import Capacity

/// A provider's answer in flat fields, for lines and tables.
package struct OutcomeSummary: Sendable {
    package static let names = ["granted", "partial", "denied", "pending"]

    /// Index into `names`.
    package let code: UInt32
    /// The pool's total after it, where the answer says so.
    package let granted: Double?
    package let reason: String?

    package var name: String { Self.names[Int(code)] }

    package init(_ outcome: CapacityOutcome) {
        switch outcome {
        case .granted(let amount): (code, granted, reason) = (0, amount, nil)
        case .partial(let amount, let why): (code, granted, reason) = (1, amount, why)
        case .denied(let why): (code, granted, reason) = (2, nil, why)
        case .pending: (code, granted, reason) = (3, nil, nil)
        }
    }
}
