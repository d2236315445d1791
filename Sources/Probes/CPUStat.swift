internal import HeadroomABI

/// What a cgroup's cpu.stat says, in nanoseconds.
struct CPUStat {
    private(set) var usage: UInt64 = 0
    private(set) var user: UInt64 = 0
    private(set) var system: UInt64 = 0
    /// Only where the cpu controller is on for the cgroup.
    private var throttling: (periods: UInt64, throttledPeriods: UInt64, throttled: UInt64)?

    init(_ text: UnsafeRawBufferPointer) {
        unsafe StatFile.forEach(text) { name, value in
            if unsafe StatFile.equal(name, "usage_usec") {
                usage = value &* 1000
            } else if unsafe StatFile.equal(name, "user_usec") {
                user = value &* 1000
            } else if unsafe StatFile.equal(name, "system_usec") {
                system = value &* 1000
            } else if unsafe StatFile.equal(name, "nr_periods") {
                throttling = (value, 0, 0)
            } else if unsafe StatFile.equal(name, "nr_throttled") {
                throttling?.throttledPeriods = value
            } else if unsafe StatFile.equal(name, "throttled_usec") {
                throttling?.throttled = value &* 1000
            }
        }
    }

    func fill(_ detail: inout hr_detail) {
        detail.cpu_user_ns = user
        detail.cpu_system_ns = system
        detail.parts |= HR_PART_CPU.rawValue
        guard let throttling else { return }
        detail.periods = UInt32(truncatingIfNeeded: throttling.periods)
        detail.throttled_periods = UInt32(truncatingIfNeeded: throttling.throttledPeriods)
        detail.throttled_ns = throttling.throttled
        detail.parts |= HR_PART_THROTTLE.rawValue
    }
}
