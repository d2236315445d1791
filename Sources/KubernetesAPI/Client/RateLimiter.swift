internal import Synchronization

/// A token bucket: `burst` requests at once, then `perSecond`, so that a loop gone wrong here is no
/// load there. Waiting requests go in the order in which they came.
final class RateLimiter: Sendable {
    private struct State {
        /// When the bucket is, or will be, full.
        var fullAt: ContinuousClock.Instant
    }

    private let interval: Duration
    private let depth: Duration
    private let state: Mutex<State>

    init(perSecond: Double, burst: Int, now: ContinuousClock.Instant = .now) {
        precondition(perSecond > 0 && burst > 0, "\(perSecond) a second, burst \(burst)")
        interval = .seconds(1 / perSecond)
        depth = interval * burst
        state = Mutex(State(fullAt: now))
    }

    /// Takes a token. - Returns: how long to wait before using it.
    func take(now: ContinuousClock.Instant) -> Duration {
        state.withLock { state in
            state.fullAt = max(state.fullAt, now).advanced(by: interval)
            return max(.zero, now.duration(to: state.fullAt) - depth)
        }
    }

    func wait() async throws {
        let delay = take(now: .now)
        if delay > .zero { try await Task.sleep(for: delay) }
    }
}
