/// Exponential backoff with full jitter: each wait is uniform between zero and a bound that doubles
/// up to a cap, so that many clients that failed together do not come back together.
///
/// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
package struct Backoff: Sendable {
    package let base: Duration
    package let cap: Duration
    private let random: @Sendable () -> Double
    /// Waits since the last success.
    package private(set) var attempts = 0

    /// - Parameters:
    ///   - base: bound of the first wait; positive.
    ///   - cap: bound that is never exceeded.
    ///   - random: uniform in 0..<1; tests give their own.
    package init(
        base: Duration, cap: Duration,
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        precondition(base > .zero && cap >= base, "base \(base), cap \(cap)")
        self.base = base
        self.cap = cap
        self.random = random
    }

    /// How long to wait before the next attempt, and not less than what the other side asked for.
    package mutating func next(atLeast asked: Duration = .zero) -> Duration {
        // 2^30 times any base is beyond any cap.
        let bound = min(cap, base * (1 << min(attempts, 30)))
        attempts += 1
        return max(asked, bound * random())
    }

    package mutating func reset() { attempts = 0 }
}
