internal import Aggregates
internal import HeadroomABI

/// Gauges of cgroups and of the node: how each is had from a slot of the table.
struct GaugeMetric: Sendable {
    /// Nil for what only a cgroup can have.
    let node: MetricFamily?
    let cgroup: MetricFamily
    let meaning: String
    /// Those of the leaves add up to the node's, so the rest has one too.
    let addsUp: Bool
    /// The label and the value; nil where it is not known.
    let samples: [(label: String, value: @Sendable (CgroupFigures) -> Double?)]

    private init(
        _ stem: String,
        _ unit: String,
        by label: String?,
        addsUp: Bool = false,
        ofNode: Bool = true,
        _ presence: MetricPresence,
        _ meaning: String,
        _ samples: [(String, @Sendable (CgroupFigures) -> Double?)]
    ) {
        node = ofNode ? .ofNode(stem, .gauge, unit: unit, label: label, presence, meaning) : nil
        cgroup = .ofCgroup(stem, .gauge, unit: unit, label: label, presence, meaning)
        self.meaning = meaning
        self.addsUp = addsUp
        self.samples = samples.map { value, read in
            (label.map { MetricPage.label($0, value) } ?? "", read)
        }
    }

    static let all: [GaugeMetric] = [
        GaugeMetric("memory", "bytes", addsUp: true, .only("where `memory` has a source"), "Memory in use") {
            $0.window.memorySource == .none ? nil : Double($0.window.memory_bytes)
        },
        GaugeMetric("memory_anon", "bytes", addsUp: true, .detail(HR_PART_MEMORY), "Anonymous memory") {
            $0.knows(HR_PART_MEMORY) ? Double($0.anonBytes) : nil
        },
        GaugeMetric("memory_file", "bytes", addsUp: true, .detail(HR_PART_MEMORY), "Page cache and mapped files") {
            $0.knows(HR_PART_MEMORY) ? Double($0.fileBytes) : nil
        },
        GaugeMetric("memory_kernel", "bytes", addsUp: true, .detail(HR_PART_MEMORY_STAT), "Memory of the kernel's own") {
            $0.knows(HR_PART_MEMORY_STAT) ? Double($0.kernelBytes) : nil
        },
        GaugeMetric("memory_limit", "bytes", ofNode: false, .only("of cgroups with one"), "Memory limit") {
            $0.memoryLimit.map { Double($0) }
        },
        GaugeMetric("cpu_limit", "cores", ofNode: false, .only("of cgroups with one"), "CPU limit") {
            $0.knows(HR_PART_CPU_LIMIT) && $0.cpuLimit > 0 ? Double($0.cpuLimit) : nil
        },
        GaugeMetric(
            "cpu_peak",
            "cores",
            by: "span",
            .part(UInt32(HR_PART_PEAKS)),
            "Highest mean CPU use over so short a span in the last 30 to 60 s",
            [
                ("10ms", { $0.knowsPeaks ? Double($0.row.shortPeak.highest) : nil }),
                ("100ms", { $0.knowsPeaks ? Double($0.row.longPeak.highest) : nil }),
            ]
        ),
        GaugeMetric(
            "run_queue_delay_max",
            "seconds",
            .detail(HR_PART_COUNTS),
            "Longest wait for a CPU in the last 30 to 60 s"
        ) { $0.knows(HR_PART_COUNTS) ? Double($0.row.longestWait.highest) : nil },
        GaugeMetric(
            "pressure_some",
            "ratio",
            by: "resource",
            .detail(HR_PART_PRESSURE),
            "Share of the time in which some task waited for the resource",
            [
                ("cpu", { $0.pressure(\.0) }), ("memory", { $0.pressure(\.2) }),
                ("io", { $0.pressure(\.4) }),
            ]
        ),
        GaugeMetric(
            "pressure_full",
            "ratio",
            by: "resource",
            .detail(HR_PART_PRESSURE),
            "Share of the time in which all tasks waited for the resource",
            [
                ("cpu", { $0.pressure(\.1) }), ("memory", { $0.pressure(\.3) }),
                ("io", { $0.pressure(\.5) }),
            ]
        ),
        GaugeMetric(
            "window_coverage",
            "ratio",
            .window,
            "Share of the intended last window that was observed"
        ) { $0.window.coverage },
    ]

    private init(
        _ stem: String,
        _ unit: String,
        addsUp: Bool = false,
        ofNode: Bool = true,
        _ presence: MetricPresence,
        _ meaning: String,
        _ value: @escaping @Sendable (CgroupFigures) -> Double?
    ) {
        self.init(stem, unit, by: nil, addsUp: addsUp, ofNode: ofNode, presence, meaning, [("", value)])
    }
}
