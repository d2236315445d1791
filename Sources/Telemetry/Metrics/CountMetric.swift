/// Counters of cgroups and of the node: which counts they are made of.
struct CountMetric: Sendable {
    /// Nil for what only a cgroup with a limit of its own has.
    let node: MetricFamily?
    let cgroup: MetricFamily
    let meaning: String
    /// Nanoseconds, told in seconds.
    let isTime: Bool
    /// The count and its label, "" for none.
    let samples: [(count: Count, label: String)]

    private init(
        _ stem: String,
        unit: String = "",
        by label: String? = nil,
        isTime: Bool = false,
        ofNode: Bool = true,
        _ samples: [(Count, String)],
        _ meaning: String
    ) {
        let part = samples[0].0.part
        let presence = part == 0 ? MetricPresence.window : .part(part)
        node = ofNode ? .ofNode(stem, .counter, unit: unit, label: label, presence, meaning) : nil
        cgroup = .ofCgroup(stem, .counter, unit: unit, label: label, presence, meaning)
        self.meaning = meaning
        self.isTime = isTime
        self.samples = samples.map { count, value in
            (count, label.map { MetricPage.label($0, value) } ?? "")
        }
    }

    /// Without a label.
    private init(
        _ stem: String,
        unit: String = "",
        isTime: Bool = false,
        _ count: Count,
        _ meaning: String
    ) {
        self.init(
            stem,
            unit: unit,
            isTime: isTime,
            ofNode: count.sharing != .own,
            [(count, "")],
            meaning
        )
    }

    private static func time(_ stem: String, _ count: Count, _ meaning: String) -> CountMetric {
        CountMetric(stem, unit: "seconds", isTime: true, count, meaning)
    }

    static let all: [CountMetric] = processor + memory + network + disk

    private static let processor: [CountMetric] = [
        time("cpu", .cpu, "CPU time"),
        CountMetric(
            "cpu_mode",
            unit: "seconds",
            by: "mode",
            isTime: true,
            [(.cpuUser, "user"), (.cpuSystem, "system")],
            "CPU time by mode, as cpu.stat splits it"
        ),
        time("run_queue_delay", .delay, "Time that tasks waited for a CPU"),
        CountMetric("run_queue_waits", .delayWaits, "Waits for a CPU"),
        time(
            "cpu_throttled",
            .throttled,
            "Time for which its CPU limit stopped tasks, summed over CPUs"
        ),
        CountMetric("cpu_periods", .periods, "Periods of its CPU limit"),
        CountMetric(
            "cpu_throttled_periods",
            .throttledPeriods,
            "Periods in which its CPU limit stopped tasks"
        ),
    ]

    private static let memory: [CountMetric] = [
        CountMetric("memory_major_faults", .majorFaults, "Page faults that read a disk"),
        CountMetric(
            "memory_refaults",
            .refaults,
            "Pages read again soon after they were reclaimed"
        ),
        CountMetric(
            "memory_events",
            by: "event",
            ofNode: false,
            [
                (.memoryHigh, "high"), (.memoryMax, "max"), (.memoryOOM, "oom"),
                (.memoryOOMKill, "oom_kill"),
            ],
            "Events of memory.events"
        ),
    ]

    private static let network: [CountMetric] = [
        CountMetric(
            "network",
            unit: "bytes",
            by: "direction",
            [(.netReceiveBytes, "receive"), (.netTransmitBytes, "transmit")],
            "IP bytes of sockets"
        ),
        CountMetric(
            "network_packets",
            by: "direction",
            [(.netReceivePackets, "receive"), (.netTransmitPackets, "transmit")],
            "IP packets of sockets"
        ),
        CountMetric("tcp_retransmits", .tcpRetransmits, "TCP segments sent again"),
        CountMetric(
            "tcp_connections",
            by: "direction",
            [(.tcpConnects, "outgoing"), (.tcpAccepts, "incoming")],
            "TCP connections made and taken"
        ),
    ]

    private static let disk: [CountMetric] = [
        CountMetric(
            "disk",
            unit: "bytes",
            by: "direction",
            [(.diskReadBytes, "read"), (.diskWriteBytes, "write")],
            "Bytes of disk requests"
        ),
        CountMetric(
            "disk_operations",
            by: "direction",
            [(.diskReadOperations, "read"), (.diskWriteOperations, "write")],
            "Disk requests completed"
        ),
        CountMetric(
            "disk_latency",
            unit: "seconds",
            by: "direction",
            isTime: true,
            [(.diskReadLatency, "read"), (.diskWriteLatency, "write")],
            "Time that disk requests took, summed"
        ),
        CountMetric(
            "disk_errors",
            by: "direction",
            [(.diskReadErrors, "read"), (.diskWriteErrors, "write")],
            "Disk requests that the device failed"
        ),
    ]
}
