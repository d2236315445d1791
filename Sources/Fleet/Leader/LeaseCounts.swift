internal import Synchronization

/// What became of a lease since the start. Any thread.
package final class LeaseCounts: Sendable {
    private let counts = Mutex<[String: UInt64]>(["failed": 0, "lost": 0])

    func add(_ event: String) { counts.withLock { $0[event, default: 0] += 1 } }

    /// `failed`: attempts to take or renew it that came to nothing; `lost`: times that it went to another, or may have.
    package var all: [String: UInt64] { counts.withLock { $0 } }
}
