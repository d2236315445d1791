/// A change to an object that leaves the rest of it alone.
package enum Patch: Sendable {
    /// RFC 7386; for all kinds. Lists are replaced whole.
    case merge(any Encodable & Sendable)
    /// Lists are merged by their items' keys; for built-in kinds only, others answer 415.
    case strategicMerge(any Encodable & Sendable)

    package var contentType: String {
        switch self {
        case .merge: "application/merge-patch+json"
        case .strategicMerge: "application/strategic-merge-patch+json"
        }
    }

    package var body: any Encodable & Sendable {
        switch self {
        case .merge(let body), .strategicMerge(let body): body
        }
    }
}
