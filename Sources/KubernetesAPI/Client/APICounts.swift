internal import Synchronization

/// What happened to requests, for metrics and doctors. Any thread.
package final class APICounts: Sendable {
    private let counts = Mutex<[String: UInt64]>([:])

    func add(_ reason: String) { counts.withLock { $0[reason, default: 0] += 1 } }

    /// By reason: `requests`, `retries`, `throttled`, `unauthorized`, `watch_lists`, `watch_bookmarks`,
    /// `watch_ends`, `watch_failures`, `watch_expired`, `events`, `events_failed`.
    package var all: [String: UInt64] { counts.withLock { $0 } }

    package subscript(reason: String) -> UInt64 { counts.withLock { $0[reason] ?? 0 } }
}
