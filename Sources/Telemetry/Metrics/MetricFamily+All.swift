internal import Aggregates
internal import HeadroomABI

extension MetricFamily {
    /// Every metric there is, in the order of the page.
    package static let all: [MetricFamily] = {
        var all: [MetricFamily] = []
        for metric in CountMetric.all { all += [metric.node, metric.cgroup].compactMap(\.self) }
        for metric in GaugeMetric.all { all += [metric.node, metric.cgroup].compactMap(\.self) }
        all += [runQueueWait, diskRequest, cgroupInfo]
        for unit in UnitClass.all { all += [unit.nodeForecast, unit.cgroupForecast] }
        for unit in UnitClass.all { all += unit.plans }
        all += [planCoverage, requests, events, losses]
        all += [agentCPU, agentMemory, probeRatio, probesShed, budget, walk, ticks, lastTick]
        all += [startTime, interval, cgroups, capacity, shown, answers, hindrances, build]
        return all
    }()

    static let runQueueWait = MetricFamily(
        "headroom_node_run_queue_wait",
        .histogram,
        unit: "seconds",
        when: .detail(HR_PART_COUNTS),
        "Waits for a CPU by length, of the node; edges are powers of two of nanoseconds."
    )
    static let diskRequest = MetricFamily(
        "headroom_node_disk_request",
        .histogram,
        unit: "seconds",
        labels: ["direction"],
        when: .detail(HR_PART_COUNTS),
        "Disk requests by latency, of the node; edges are powers of two of nanoseconds."
    )
    static let cgroupInfo = MetricFamily(
        "headroom_cgroup",
        .info,
        labels: [
            "cgroup", "leaf", "kind", "runtime", "unit", "container_id", "pod_uid", "qos", "name",
            "application", "namespace", "pod", "container",
        ],
        when: .only("of cgroups whose path tells who they are"),
        "What a cgroup's path and `pods.file` tell of it; labels as `identity` in JSON lines, absent where unknown."
    )

    static let planCoverage = MetricFamily(
        "headroom_plan_coverage",
        .gauge,
        unit: "ratio",
        labels: ["pool", "resource"],
        when: .only("once a lead time is over"),
        "Share of the pool's matured forecasts that covered the peak, at the plan's quantile."
    )
    static let requests = MetricFamily(
        "headroom_requests",
        .counter,
        labels: ["resource", "outcome"],
        when: .only("once there was one of that resource and outcome"),
        "Capacity requests by what the provider answered."
    )
    static let events = MetricFamily(
        "headroom_events",
        .counter,
        labels: ["event"],
        when: .only("once there was one"),
        "Events, as in JSON lines."
    )
    static let losses = MetricFamily(
        "headroom_losses",
        .counter,
        labels: ["cause"],
        "What was lost between the kernel and a window, by cause; `headroom maps losses` says what each means."
    )

    static let agentCPU = MetricFamily(
        "headroom_agent_cpu",
        .counter,
        unit: "seconds",
        "CPU time of the agent's process."
    )
    static let agentMemory = MetricFamily(
        "headroom_agent_resident_memory",
        .gauge,
        unit: "bytes",
        "Resident memory of the agent's process."
    )
    static let probeRatio = MetricFamily(
        "headroom_probes_run",
        .gauge,
        unit: "ratio",
        when: .only("once it was measured, which takes `CAP_SYS_ADMIN`"),
        "Run time of the BPF programs per second of time, when it was measured last."
    )
    static let probesShed = MetricFamily(
        "headroom_probes_shed",
        .gauge,
        labels: ["tier"],
        "1 while these probes are off to keep within the overhead budget; what they count stands still."
    )
    static let budget = MetricFamily(
        "headroom_overhead_budget",
        .gauge,
        unit: "cores",
        when: .only("with a budget"),
        "What all of Headroom may use before it takes probes off."
    )
    static let walk = MetricFamily(
        "headroom_walk_duration",
        .gauge,
        unit: "seconds",
        "The last sampler walk over all cgroups."
    )
    static let ticks = MetricFamily("headroom_ticks", .counter, "Windows closed.")
    static let lastTick = MetricFamily(
        "headroom_last_tick_timestamp",
        .gauge,
        unit: "seconds",
        "Unix time of the last window's end."
    )
    static let startTime = MetricFamily(
        "headroom_start_time",
        .gauge,
        unit: "seconds",
        "Unix time of the agent's start."
    )
    static let interval = MetricFamily(
        "headroom_interval",
        .gauge,
        unit: "seconds",
        "Intended length of a window."
    )
    static let cgroups = MetricFamily("headroom_cgroups", .gauge, "Cgroups followed now.")
    static let capacity = MetricFamily(
        "headroom_cgroups_capacity",
        .gauge,
        "Cgroups that can be followed (sampling.max_cgroups)."
    )
    static let shown = MetricFamily(
        "headroom_cgroups_shown",
        .gauge,
        "Cgroups with series of their own; the leaves among the others are cgroup=\"(other)\"."
    )
    static let answers = MetricFamily(
        "headroom_http_responses",
        .counter,
        labels: ["code"],
        when: .only("once one was answered"),
        "Answers of this endpoint, refusals among them."
    )
    static let hindrances = MetricFamily(
        "headroom_http_hindered",
        .counter,
        labels: ["reason"],
        "Clients without an answer: no descriptor was left (each try counts), an idle one made room, one was too slow."
    )
    static let build = MetricFamily(
        "headroom_build",
        .info,
        labels: ["version"],
        "The build that runs."
    )
}

/// Metrics must not mix units, so what is told of every resource is told by unit.
struct UnitClass: Sendable {
    let resources: [Resource]
    let nodeForecast: MetricFamily
    let cgroupForecast: MetricFamily
    /// In the order of `PlanFigures.values`.
    let plans: [MetricFamily]

    private init(_ unit: String, _ resources: [Resource]) {
        self.resources = resources
        nodeForecast = MetricFamily(
            "headroom_node_forecast_peak",
            .gauge,
            unit: unit,
            labels: ["resource", "horizon", "q"],
            when: .only("once there is a forecast"),
            "Level that the peak over the lead time keeps to with probability q, of the node."
        )
        cgroupForecast = MetricFamily(
            "headroom_cgroup_forecast_peak",
            .gauge,
            unit: unit,
            labels: ["cgroup", "leaf", "resource", "horizon", "q"],
            when: .only("once there is a forecast"),
            "Level that the peak over the lead time keeps to with probability q, of a cgroup with those inside it."
        )
        let planned = MetricPresence.only("once the resource is planned, from the second window on")
        plans = [
            ("demand", planned, "What the pool used in the last window."),
            ("forecast", .only("once there is a forecast"), "Forecast of the pool's peak over the lead time, at the plan's quantile."),
            ("target", planned, "Capacity that the plan wants."),
            ("ready", planned, "Capacity that is ready."),
            ("pending", planned, "Capacity that was requested and is not ready."),
            ("allocatable", .only("where a most is known"), "The most that the provider can give."),
        ].map { name, presence, help in
            MetricFamily(
                "headroom_plan_\(name)", .gauge, unit: unit, labels: ["pool", "resource"], when: presence, help)
        }
    }

    static let all = [
        UnitClass("cores", [.cpu]), UnitClass("bytes", [.memory]),
        UnitClass(
            "bytes_per_second",
            [.networkReceive, .networkTransmit, .diskRead, .diskWrite]
        ),
    ]
}
