internal import Glibc

/// The clocks the agent's shell reads. The core never does.
package enum MonotonicClock {
    /// CLOCK_MONOTONIC, the clock of the kernel's records, in nanoseconds.
    package static func now() -> Int64 { read(CLOCK_MONOTONIC) }

    /// What to add to CLOCK_MONOTONIC for Unix time now.
    package static func unixOffset() -> Int64 { read(CLOCK_REALTIME) - read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
