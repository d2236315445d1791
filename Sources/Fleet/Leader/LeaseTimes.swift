/// How long a lease is held and how often it is renewed.
///
/// A follower takes over `duration` after it last saw the lease change, at its next attempt: after a
/// crash that is at most `duration + longestPause` and the time the API server takes.
package struct LeaseTimes: Sendable, Hashable {
    /// How long a follower waits from the last change that it saw.
    package var duration = Duration.seconds(10)
    /// How long after the begin of the last renewal that worked we still act: less than `duration` by
    /// the margin in which what is under way is called off.
    package var actLimit = Duration.seconds(6)
    /// Between two attempts; up to half as long again, so that followers do not come at once.
    package var pause = Duration.seconds(2)

    package init() {}

    package var longestPause: Duration { pause * 3 / 2 }

    /// After so long a lease that nobody renews is ours: it runs out, the next attempt comes, and is answered.
    package var longestWait: Duration { duration + longestPause + pause }
}
