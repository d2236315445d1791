/// Why Prometheus, or what answers in its place, gave no usable answer.
package struct PrometheusFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// No connection, or it broke.
        case unreachable
        /// Nothing in the time it was given, or Prometheus gave up itself.
        case timeout
        /// The query is none, or a parameter is wrong (400).
        case badData = "bad_data"
        /// The query cannot be executed (422).
        case execution
        /// It starts, stops or is overloaded (503).
        case unavailable
        /// It does not know us, or we may not (401, 403).
        case unauthorized
        /// It has had enough of us (429).
        case throttled
        /// The answer is not what the HTTP API v1 says.
        case unreadable
        /// The answer is larger than is read.
        case tooLarge = "too_large"
        /// Our own files, such as the token's.
        case credentials
        case other
    }

    package let kind: Kind
    package let message: String
    /// HTTP status; nil without an answer.
    package let status: Int?

    package init(_ kind: Kind, _ message: String, status: Int? = nil) {
        self.kind = kind
        self.message = message
        self.status = status
    }

    /// Of an answer that is an error, by `errorType` where there is one.
    package init(status: Int, errorType: String?, message: String) {
        let kind: Kind =
            switch (errorType, status) {
            case ("bad_data", _): .badData
            case ("timeout", _), ("canceled", _), (_, 408), (_, 504): .timeout
            case ("execution", _), (_, 422): .execution
            case (_, 503): .unavailable
            case (_, 401), (_, 403): .unauthorized
            case (_, 429): .throttled
            case (_, 400): .badData
            default: .other
            }
        self.init(kind, message, status: status)
    }

    /// The same may succeed later without anyone changing anything.
    package var isRetriable: Bool {
        switch kind {
        case .unreachable, .timeout, .unavailable, .throttled: true
        case .other: (status ?? 0) >= 500
        default: false
        }
    }

    package var description: String {
        "\(message) (\(kind.rawValue)\(status.map { ", HTTP \($0)" } ?? ""))"
    }
}
