internal import Aggregates
internal import HeadroomABI

/// The finer figures of a window line: those that are known, and only where something happened.
extension JSONSink {
    static func detail(_ detail: WindowDetail, _ flags: UInt32, _ line: inout JSONLine) {
        if detail.knows(HR_PART_CPU) {
            line.field("cpu_user_ns", detail.cpu_user_ns)
            line.field("cpu_system_ns", detail.cpu_system_ns)
        }
        if detail.knowsPeaks {
            line.field("cpu_peak_10ms_cores", Double(detail.cpu_peak_10ms_cores))
            line.field("cpu_peak_100ms_cores", Double(detail.cpu_peak_100ms_cores))
        }
        if detail.knows(HR_PART_CPU_LIMIT) {
            line.field(
                "cpu_limit_cores",
                detail.cpu_limit_cores > 0 ? Double(detail.cpu_limit_cores) : .nan)
        }
        if detail.knows(HR_PART_THROTTLE) {
            line.field("throttled_ns", detail.throttled_ns)
            line.field("throttled_periods", detail.throttled_periods)
            line.field("periods", detail.periods)
        }
        if detail.knows(HR_PART_PRESSURE) {
            let share = detail.pressure
            line.object("pressure") { line in
                line.field("cpu_some", Double(share.0))
                line.field("cpu_full", Double(share.1))
                line.field("memory_some", Double(share.2))
                line.field("memory_full", Double(share.3))
                line.field("io_some", Double(share.4))
                line.field("io_full", Double(share.5))
            }
        }
        memory(detail, &line)
        guard detail.knows(HR_PART_COUNTS) else { return }
        if flags & HR_WINDOW_NO_DELAY.rawValue == 0 {
            line.field("run_queue_delay_max_ns", detail.delay_max_ns)
            line.counts("run_queue_delay_buckets", detail.delayBuckets)
        }
        if flags & HR_WINDOW_NO_NETWORK.rawValue == 0 {
            line.field("tcp_retransmits", detail.tcp_retransmits)
            line.field("tcp_connects", detail.tcp_connects)
            line.field("tcp_accepts", detail.tcp_accepts)
        }
        if flags & HR_WINDOW_NO_DISK.rawValue == 0 {
            line.field("disk_read_errors", detail.disk_read_errors)
            line.field("disk_write_errors", detail.disk_write_errors)
            line.counts("disk_read_latency_buckets", detail.diskReadBuckets)
            line.counts("disk_write_latency_buckets", detail.diskWriteBuckets)
        }
    }

    private static func memory(_ detail: WindowDetail, _ line: inout JSONLine) {
        if detail.knows(HR_PART_LIMITS) {
            line.field("memory_limit_bytes", detail.memoryLimit ?? 0, unless: detail.memoryLimit == nil)
            let events = detail.memory_events
            line.object("memory_events") { line in
                line.field("high", events.0)
                line.field("max", events.1)
                line.field("oom", events.2)
                line.field("oom_kill", events.3)
            }
        }
        if detail.knows(HR_PART_MEMORY) {
            line.field("memory_anon_bytes", detail.memory_anon_bytes)
            line.field("memory_file_bytes", detail.memory_file_bytes)
        }
        if detail.knows(HR_PART_MEMORY_STAT) {
            line.field("memory_kernel_bytes", detail.memory_kernel_bytes)
            line.field("memory_major_faults", detail.major_faults)
            line.field("memory_refaults", detail.refaults)
        }
    }
}
