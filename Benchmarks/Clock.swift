internal import Glibc

/// Nanoseconds of this kernel's clocks.
enum Clock {
    static func monotonic() -> Int64 { read(CLOCK_MONOTONIC) }

    /// CPU time of the calling thread: what others run meanwhile does not count.
    static func thread() -> Int64 { read(CLOCK_THREAD_CPUTIME_ID) }

    /// CPU time of all threads of this process.
    static func process() -> Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }

    static func sleep(seconds: Double) {
        usleep(UInt32(seconds * 1e6))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
