internal import Synchronization

/// What became of calls, by reason. Any thread.
package final class WebhookCounts: Sendable {
    private let counts = Mutex<[String: UInt64]>([:])

    package init() {}

    func add(_ reason: String) { counts.withLock { $0[reason, default: 0] += 1 } }

    /// By reason: `attempts`, `polls`, `retries`, `throttled`, `refused` (4xx), `unreachable`,
    /// `unreadable`, `given_up`, `letters_written` and `letters_failed` (of `--dead-letters`).
    package var all: [String: UInt64] { counts.withLock { $0 } }

    package subscript(reason: String) -> UInt64 { counts.withLock { $0[reason] ?? 0 } }
}
