internal import Synchronization

/// What happened to our objects, counted by what it was.
package final class CapacityCounts: Sendable {
    package enum Kind: Int, CaseIterable, Sendable {
        /// A count was written.
        case counted
        /// An object was made.
        case created
        /// Somebody else deleted one of ours.
        case deletedByOthers
        /// Somebody else changed a count; it was set again.
        case overridden
        /// An object had changed since a write was decided on; it was decided anew.
        case outdated
        /// Somebody else changed a template; it was put back.
        case templateRestored
        /// A call to the cluster failed and was tried again later.
        case failed
        /// A watch failed and was begun again.
        case watchFailed
        /// The objects' kind was chosen again.
        case kindChosen

        package var name: String {
            switch self {
            case .counted: "counted"
            case .created: "created"
            case .deletedByOthers: "deleted_by_others"
            case .overridden: "overridden"
            case .outdated: "outdated"
            case .templateRestored: "template_restored"
            case .failed: "failed"
            case .watchFailed: "watch_failed"
            case .kindChosen: "kind_chosen"
            }
        }
    }

    private let counts = Mutex([Kind: UInt64]())

    package init() {}

    func add(_ kind: Kind) { counts.withLock { $0[kind, default: 0] += 1 } }

    /// By name, with those that are zero.
    package var all: [String: UInt64] {
        counts.withLock { counts in
            Dictionary(uniqueKeysWithValues: Kind.allCases.map { ($0.name, counts[$0] ?? 0) })
        }
    }

    package subscript(kind: Kind) -> UInt64 { counts.withLock { $0[kind] ?? 0 } }
}
