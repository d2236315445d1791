import Glibc

/// The two clocks at one moment, in seconds.
struct Moment: Sendable {
    let monotonic: Double
    /// What the agent's `time_s` are of.
    let unix: Double

    static var now: Moment {
        Moment(monotonic: read(CLOCK_MONOTONIC), unix: read(CLOCK_REALTIME))
    }

    static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
