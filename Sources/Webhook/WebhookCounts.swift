internal import Synchronization

/// What became of calls, by reason. Any thread.
package final class WebhookCounts: Sendable {
    private let counts = Mutex<[String: UInt64]>([:])

    package init() {}

    func add(_ reason: String) { counts.withLock { $0[reason, default: 0] += 1 } }

    /// `attempts`, `polls`, `retries`, `throttled`, `refused` (4xx), `unreachable`, `unreadable`,
    /// `given_up`.
    package subscript(reason: String) -> UInt64 { counts.withLock { $0[reason] ?? 0 } }
}
