internal import Aggregates
package import KubernetesCapacity
internal import Logging

/// Forecasts of containers from Prometheus: what recommendations and resizes are made of.
///
/// While any of its sources has no fresh samples it knows nothing: a band without memory, or of an
/// hour ago, would be acted upon as if it were whole.
package actor ContainerPlanner: ContainerForecasts {
    package nonisolated let configuration: ContainerConfiguration
    private let historySeconds: Int64
    private let feeds: [SeriesFeed]
    private(set) var fleets: [ContainerFleet]
    private var isWarm: [Bool]
    /// Of the last round.
    private var isFresh = false

    /// So many forecasts must have matured before one is trusted: at 15 s an hour beyond the horizon.
    private static let maturedAtLeast: UInt64 = 240

    /// `feed` says where the control series is, how old samples may be, how much history there is.
    package init(
        _ configuration: ContainerConfiguration,
        _ feed: FleetConfiguration,
        store: any MetricStore
    ) {
        self.configuration = configuration
        historySeconds = feed.historySeconds
        feeds = configuration.sources.map { source in
            SeriesFeed(
                store: store, configuration: feed, resource: source.resource, selector: source.selector,
                label: configuration.label, aggregation: "max", subject: "containers",
                consequence: "containers stay as they are")
        }
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
                holds.append(feeds[index].hold(error, isWarm: isWarm[index]))
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

    private func read(_ index: Int, _ report: inout ContainerReport) async throws -> RoundReport.Hold? {
        let feed = feeds[index]
        let newest: SeriesTable.Point
        switch try await feed.newest() {
        case .hold(let hold): return hold
        case .found(let point): newest = point
        }
        if !isWarm[index] {
            for part in try await feed.historyParts(until: newest.time, after: fleets[index].timeNanoseconds) {
                fleets[index].ingest(history: try await feed.history(part), part)
            }
            isWarm[index] = true
        }
        switch try await feed.samples(at: newest, after: fleets[index].timeNanoseconds) {
        case .hold(let hold): return hold
        case .found(let samples):
            report.series += samples.table.rows.count
            fleets[index].ingest(samples.table, at: samples.timeNanoseconds, answering: samples.answering)
            return nil
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
        isWarm = fleets.map { _ in historySeconds == 0 }
    }
}
