internal import HeadroomABI

/// Something the kernel told at once.
package struct Alarm: Sendable, Hashable {
    package enum Kind: String, Sendable {
        /// A task was chosen to die for want of memory; `value` is its process id.
        case oomKill = "oom_kill"
        /// The cgroup's CPU limit has stopped it, for the first time in a second.
        case throttled = "throttling_onset"
        /// A task waited `value` nanoseconds for a CPU.
        case cpuStall = "cpu_stall"
        /// Tasks stalled `value` nanoseconds of a second or more.
        case memoryStall = "memory_stall"
        case ioStall = "io_stall"
    }

    package let kind: Kind
    package let cgroupID: UInt64
    /// Nil while it is not known.
    package let path: String?
    /// CLOCK_MONOTONIC.
    package let timeNanoseconds: UInt64
    package let value: UInt64

    /// Nil for a kind that this version does not know.
    init?(_ event: hr_event, path: String?) {
        switch hr_event_what(event.what) {
        case HR_EVENT_OOM_KILL: kind = .oomKill
        case HR_EVENT_THROTTLED: kind = .throttled
        case HR_EVENT_STALL_CPU: kind = .cpuStall
        case HR_EVENT_STALL_MEMORY: kind = .memoryStall
        case HR_EVENT_STALL_IO: kind = .ioStall
        default: return nil
        }
        cgroupID = event.cgroup_id
        self.path = path
        timeNanoseconds = event.time_ns
        value = event.value
    }
}
