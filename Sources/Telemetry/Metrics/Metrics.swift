internal import Agent
internal import Aggregates
internal import HeadroomABI

/// All that a page of metrics tells, collected at one time.
///
/// Complexity: O(shown cgroups), whatever there is beyond them. Counters are of the last tick,
/// gauges of the moment at which each slot was read: at most a tick later.
struct Metrics {
    private let posted: Board.Posted
    private let header: TableHeader
    private let axes: ForecastAxes
    private let version: String
    private let server: ServerTally
    /// Nil while the root has no window.
    private let node: CgroupFigures?
    private let cgroups: [CgroupFigures]

    /// Of what no shown leaf has.
    static let otherName = "(other)"
    private static let otherLabels = CgroupFigures.labels(otherName, isLeaf: true)

    init(
        _ posted: Board.Posted,
        _ header: TableHeader,
        _ table: inout TableReader,
        version: String,
        server: ServerTally
    ) {
        self.posted = posted
        self.header = header
        self.version = version
        self.server = server
        axes = ForecastAxes(header)
        node = CgroupFigures(posted.node, isNode: true, &table, axes)
        var cgroups: [CgroupFigures] = []
        cgroups.reserveCapacity(posted.rows.count)
        for row in posted.rows {
            guard let figures = CgroupFigures(row, isNode: false, &table, axes) else { continue }
            cgroups.append(figures)
        }
        self.cgroups = cgroups
    }

    func page(_ format: MetricPage.Format) -> PageBuffer {
        var page = MetricPage(format, reserving: 65_536 + cgroups.count * 16_384)
        counts(&page)
        gauges(&page)
        histograms(&page)
        page.family(.cgroupInfo) { page in
            for cgroup in cgroups {
                guard let identity = CgroupIdentity(path: cgroup.row.path) else { continue }
                page.sample(UInt64(1), of: cgroup.labels, Self.labels(identity, cgroup.row.workload))
            }
        }
        forecasts(&page)
        plans(&page)
        agent(&page)
        return page.finished()
    }

    // MARK: Cgroups and node

    private func counts(_ page: inout MetricPage) {
        for metric in CountMetric.all {
            let part = metric.samples[0].count.part
            func tell(_ row: TallyRow, _ labels: [UInt8], _ page: inout MetricPage) {
                guard part == 0 || row.parts & part != 0 else { return }
                for (count, label) in metric.samples {
                    if metric.isTime {
                        page.sample(nanoseconds: row.counts[count], of: labels, label)
                    } else {
                        page.sample(row.counts[count], of: labels, label)
                    }
                }
            }
            guard node != nil else { continue }
            if let family = metric.node { page.family(family) { tell(posted.node, [], &$0) } }
            page.family(metric.cgroup) { page in
                for cgroup in cgroups { tell(cgroup.row, cgroup.labels, &page) }
                tell(posted.other, Self.otherLabels, &page)
            }
        }
    }

    private func gauges(_ page: inout MetricPage) {
        for metric in GaugeMetric.all {
            if let node, let family = metric.node {
                page.family(family) { page in
                    for (label, value) in metric.samples {
                        if let value = value(node) { page.sample(value, label) }
                    }
                }
            }
            page.family(metric.cgroup) { page in
                for (label, value) in metric.samples {
                    var rest = node.flatMap(value)
                    for cgroup in cgroups {
                        guard let value = value(cgroup) else { continue }
                        page.sample(value, of: cgroup.labels, label)
                        if cgroup.row.isLeaf { rest = rest.map { $0 - value } }
                    }
                    // Slots are read one after the other, so a little may be missing.
                    if metric.addsUp, let rest {
                        page.sample(max(0, rest), of: Self.otherLabels, label)
                    }
                }
            }
        }
    }

    private func histograms(_ page: inout MetricPage) {
        guard posted.node.parts & HR_PART_COUNTS.rawValue != 0 else { return }
        let counts = posted.node.counts
        page.family(.runQueueWait) {
            $0.histogram(posted.runQueue, sumNanoseconds: counts[.delay])
        }
        page.family(.diskRequest) { page in
            page.histogram(
                posted.diskRead,
                sumNanoseconds: counts[.diskReadLatency],
                MetricPage.label("direction", "read")
            )
            page.histogram(
                posted.diskWrite,
                sumNanoseconds: counts[.diskWriteLatency],
                MetricPage.label("direction", "write")
            )
        }
    }

    private static func labels(_ identity: CgroupIdentity, _ workload: Workload?) -> String {
        [
            ("kind", identity.kind.rawValue), ("runtime", identity.runtime?.rawValue),
            ("unit", identity.unit), ("container_id", identity.containerID),
            ("pod_uid", identity.podUID), ("qos", identity.qos?.rawValue), ("name", identity.name),
            ("application", workload?.application), ("namespace", workload?.namespace),
            ("pod", workload?.pod), ("container", workload?.container),
        ].compactMap { name, value in value.map { MetricPage.label(name, $0) } }
            .joined(separator: ",")
    }

    private func forecasts(_ page: inout MetricPage) {
        let resources = Resource.measured
        // `resource`, `horizon` and `q` of each cell, as `ForecastAxes.values` has them.
        let cells = resources.map { resource in
            axes.horizonsNanoseconds.flatMap { horizon in
                axes.quantiles.map { quantile in
                    "resource=\"\(resource.name)\",horizon=\"\(ForecastAxes.text(horizon))\",q=\"\(quantile)\""
                }
            }
        }
        let stride = axes.horizonsNanoseconds.count * axes.quantiles.count
        func tell(_ figures: CgroupFigures, _ unit: UnitClass, _ page: inout MetricPage) {
            for resource in unit.resources {
                let index = Int(resource.rawValue)
                for (cell, labels) in cells[index].enumerated() {
                    let value = figures.forecasts[index * stride + cell]
                    if !value.isNaN { page.sample(value, of: figures.labels, labels) }
                }
            }
        }
        for unit in UnitClass.all {
            page.family(unit.nodeForecast) { page in
                if let node { tell(node, unit, &page) }
            }
            page.family(unit.cgroupForecast) { page in
                for cgroup in cgroups { tell(cgroup, unit, &page) }
            }
        }
    }

    // MARK: Plans and the agent

    private func plans(_ page: inout MetricPage) {
        let told = header.plans.map { plan in
            let pool = plan.pool ?? EngineConfiguration().pool
            return (
                resource: plan.resource,
                labels: MetricPage.label("pool", pool) + "," + label(plan.resource),
                plan: plan.figures
            )
        }
        for unit in UnitClass.all {
            for (index, family) in unit.plans.enumerated() {
                page.family(family) { page in
                    for (resource, labels, plan) in told where unit.resources.contains(resource) {
                        let value = Self.figures(plan)[index]
                        if !value.isNaN { page.sample(value, labels) }
                    }
                }
            }
        }
        page.family(.planCoverage) { page in
            for (_, labels, plan) in told where !plan.coverage.isNaN {
                page.sample(plan.coverage, labels)
            }
        }
    }

    /// In the order of `UnitClass.plans`.
    private static func figures(_ plan: hr_plan_figures) -> [Double] {
        [plan.demand, plan.forecast, plan.target, plan.ready, plan.pending, plan.allocatable]
    }

    private func label(_ resource: Resource) -> String {
        MetricPage.label("resource", resource.name)
    }

    private func agent(_ page: inout MetricPage) {
        page.family(.requests) { page in
            for resource in Resource.measured {
                for outcome in OutcomeSummary.names {
                    let kind = Journal.RequestKind(resource: resource, outcome: outcome)
                    guard let count = posted.journal.requestCounts[kind] else { continue }
                    page.sample(
                        count,
                        label(resource) + "," + MetricPage.label("outcome", outcome)
                    )
                }
            }
        }
        page.family(.events) { page in
            for (event, count) in posted.journal.eventCounts.sorted(by: { $0.key < $1.key }) {
                page.sample(count, MetricPage.label("event", event))
            }
        }
        page.family(.losses) { page in
            let totals = header.elements(of: \.losses, as: UInt64.self)
            for cause in LossCause.all {
                page.sample(totals[cause.index], MetricPage.label("cause", cause.name))
            }
        }
        page.family(.agentCPU) { $0.sample(nanoseconds: header.self_cpu_ns) }
        page.family(.agentMemory) { $0.sample(header.self_rss_bytes) }
        // Nothing runs for no time: 0 is not measured yet, or never without CAP_SYS_ADMIN.
        if header.probe_ns_per_s > 0 {
            page.family(.probeRatio) { $0.sample(Double(header.probe_ns_per_s) / 1e9) }
        }
        page.family(.probesShed) { page in
            let shed = Unobserved.names(header.shed)
            for tier in Unobserved.names(.max) {
                page.sample(UInt64(shed.contains(tier) ? 1 : 0), MetricPage.label("tier", tier))
            }
        }
        if header.budget_cores > 0 { page.family(.budget) { $0.sample(header.budget_cores) } }
        page.family(.walk) { $0.sample(nanoseconds: header.walk_duration_ns) }
        page.family(.ticks) { $0.sample(header.ticks) }
        page.family(.lastTick) { $0.sample(nanoseconds: header.last_tick_ns) }
        page.family(.startTime) { $0.sample(nanoseconds: header.started_ns) }
        page.family(.interval) { $0.sample(nanoseconds: header.interval_ns) }
        page.family(.cgroups) { $0.sample(header.cgroups) }
        page.family(.capacity) { $0.sample(UInt64(header.slot_count)) }
        page.family(.shown) { $0.sample(UInt64(cgroups.count)) }
        page.family(.answers) { page in
            for status in HTTPStatus.allCases {
                guard let count = server.answers[status] else { continue }
                page.sample(count, "code=\"\(status.rawValue)\"")
            }
        }
        page.family(.hindrances) { page in
            for hindrance in ServerTally.Hindrance.allCases {
                page.sample(server.hindrances[hindrance] ?? 0, "reason=\"\(hindrance.rawValue)\"")
            }
        }
        page.family(.build) { $0.sample(UInt64(1), MetricPage.label("version", version)) }
    }
}
