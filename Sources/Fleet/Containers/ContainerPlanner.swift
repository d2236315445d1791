internal import Aggregates
package import KubernetesCapacity
internal import Logging

/// Forecasts of containers from Prometheus: what recommendations and resizes are made of.
///
/// While any of its sources has no fresh samples it knows nothing: a band without memory, or of an
/// hour ago, would be acted upon as if it were whole.
package actor ContainerPlanner: ContainerForecasts {
    package nonisolated let configuration: ContainerConfiguration
    private let feed: FleetConfiguration
    private let store: any MetricStore
    private(set) var fleets: [ContainerFleet]
    private var isWarm: [Bool]
    /// Of the last round.
    private var isFresh = false

    /// History is read in parts of about so many points.
    private static let pointsAPart = 2_000_000
    /// So many forecasts must have matured before one is trusted: at 15 s an hour beyond the horizon.
    private static let maturedAtLeast: UInt64 = 240

    /// - Parameter feed: where the control series is, how old samples may be, how much history there is.
    package init(
        _ configuration: ContainerConfiguration,
        _ feed: FleetConfiguration,
        store: any MetricStore
    ) {
        self.configuration = configuration
        self.feed = feed
        self.store = store
        fleets = configuration.sources.map { ContainerFleet($0, configuration) }
        isWarm = configuration.sources.map { _ in feed.historySeconds == 0 }
    }

    /// Reads what is new. - Returns: why nothing is known now, empty when all is.
    func read(_ report: inout ContainerReport) async -> [RoundReport.Hold] {
        var holds: [RoundReport.Hold] = []
        for index in fleets.indices {
            do {
                if let hold = try await read(index, &report) { holds.append(hold) }
            } catch {
                holds.append(
                    .init(
                        resource: fleets[index].resource,
                        reason: isWarm[index] ? .unanswered : .noHistory,
                        text: "\(error); containers stay as they are"
                    )
                )
            }
        }
        // Rounds may be more often than samples.
        isFresh = isFresh ? holds.allSatisfy { $0.reason == .nothingNew } : holds.isEmpty
        report.isFresh = isFresh
        report.containers = fleets.map(\.count).max() ?? 0
        report.beyondLimit = fleets.map(\.beyondLimit).max() ?? 0
        report.unusable = fleets.reduce(0) { $0 + $1.unusable }
        report.unnamed = fleets.reduce(0) { $0 + $1.unnamed }
        return holds
    }

    private func read(_ index: Int, _ report: inout ContainerReport) async throws -> RoundReport
        .Hold?
    {
        let source = fleets[index].source
        func hold(_ reason: RoundReport.HoldReason, _ text: String) -> RoundReport.Hold {
            .init(
                resource: source.resource,
                reason: reason,
                text: "\(text); containers stay as they are"
            )
        }
        let newest = try await store.instant(
            "max(timestamp(\(source.selector)))",
            label: configuration.label,
            at: nil
        )
        guard let newest = newest.single, newest.value.isFinite else {
            return hold(
                .empty,
                "Prometheus has no samples of \(source.selector): are the recording rules loaded, and do agents know containers?"
            )
        }
        let age = newest.time - newest.value
        guard age <= Double(feed.staleSeconds) else {
            return hold(
                .stale,
                "the newest sample of \(source.selector) is \(Int(age)) s old, more than \(feed.staleSeconds) s"
            )
        }
        if !isWarm[index] {
            try await warm(index, until: newest.time)
            isWarm[index] = true
        }
        let time = Int64((newest.value * 1e9).rounded())
        guard time > fleets[index].timeNanoseconds else {
            return hold(.nothingNew, "no sample of \(source.selector) since the last round")
        }
        let control = try await store.instant(
            "avg(\(feed.control))",
            label: configuration.label,
            at: newest.time
        )
        guard let answering = control.single?.value, answering.isFinite else {
            return hold(.noControl, "Prometheus knows no agents by \(feed.control)")
        }
        let table = try await store.instant(
            "last_over_time(\(source.selector)[\(feed.staleSeconds)s])",
            label: configuration.label,
            at: newest.time
        )
        guard !table.rows.isEmpty else {
            return hold(.empty, "Prometheus has no samples of \(source.selector) any more")
        }
        report.series += table.rows.count
        fleets[index].ingest(table, at: time, answering: min(1, max(0, answering)))
        return nil
    }

    /// Reads history from where what is known ends.
    private func warm(_ index: Int, until now: Double) async throws {
        let source = fleets[index].source
        let step = feed.historyStepSeconds
        let end = Int64(now) / step * step - step
        let known = fleets[index].timeNanoseconds
        let start = max(
            end - feed.historySeconds / step * step,
            known == .min ? .min : known / 1_000_000_000 / step * step + step
        )
        guard start <= end else { return }
        let count = try await store.instant(
            "count(count by (\(configuration.label)) (\(source.selector)))",
            label: configuration.label,
            at: now
        )
        let containers = max(1, Int(count.single.map { min($0.value, 1e9) } ?? 1))
        let points = min(TimeRange.pointLimit, max(1, Self.pointsAPart / containers))
        for part in TimeRange(start: start, end: end, step: step).split(points: points) {
            let table = try await store.range(
                "max by (\(configuration.label)) (last_over_time(\(source.selector)[\(step)s]))",
                label: configuration.label,
                part
            )
            fleets[index].ingest(history: table, part)
        }
    }

    // MARK: Forecasts

    package func forecast(of workload: WorkloadReference) -> WorkloadForecast? {
        forecast(application: "\(workload.namespace)/\(workload.kind)/\(workload.name)")
    }

    /// - Returns: nil when nothing is known now.
    package func forecast(application: String) -> WorkloadForecast? {
        guard isFresh else { return nil }
        let known = fleets.map { ($0.resource, $0.knowledge(of: application)) }
        guard known.contains(where: { $0.1 != nil }) else { return nil }
        let names = Set(known.flatMap { ($0.1 ?? [:]).filter { !$0.value.isGone }.keys })
        var bands: [ContainerBand] = []
        var doubts: [String] = []
        for name in names.sorted() {
            var band = ContainerBand(container: name, cpu: nil, memory: nil)
            var isWhole = true
            for (resource, containers) in known {
                guard let one = containers?[name], !one.isGone else {
                    isWhole = false
                    continue
                }
                if resource == .cpu { band.cpu = one.band } else { band.memory = one.band }
                if let doubt = doubt(one) { doubts.append("\(name): \(resource.name): \(doubt)") }
            }
            // Half a recommendation would take the other half away.
            if isWhole {
                bands.append(band)
            } else {
                doubts.append("\(name): it is not measured in all resources")
            }
        }
        // A container that is not measured in all is no reason to say that there are no pods.
        guard !bands.isEmpty || names.isEmpty else { return nil }
        return WorkloadForecast(
            containers: bands,
            isConfident: doubts.isEmpty && !bands.isEmpty,
            doubt: doubts.isEmpty ? nil : doubts.joined(separator: "; ")
        )
    }

    private func doubt(_ one: ContainerFleet.Knowledge) -> String? {
        guard one.matured >= Self.maturedAtLeast else {
            return "\(one.matured) of \(Self.maturedAtLeast) forecasts have come true or not yet"
        }
        guard one.covered >= configuration.level - 0.1 else {
            return "only \(Int(one.covered * 100)) % of peaks were within the target"
        }
        return nil
    }

    // MARK: Checkpoint

    /// Takes back what a checkpoint has, and reads from Prometheus what has been since.
    func restored(_ fleets: [ContainerFleet]) {
        self.fleets = fleets
        isWarm = fleets.map { _ in feed.historySeconds == 0 }
    }
}
