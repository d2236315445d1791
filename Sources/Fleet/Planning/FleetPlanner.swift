internal import Aggregates
internal import Capacity
package import Connect
internal import Forecast
package import Logging
internal import Planner

/// Plans pools over all nodes: each round asks Prometheus, learns, and, where it is the active one,
/// decides and has the service act.
///
/// All times are Prometheus' own: the clock of this machine decides nothing, so it may be stepped.
/// Rounds do not overlap; `abandon` may be called at any time.
package actor FleetPlanner {
    private let configuration: FleetConfiguration
    private let feeds: [SeriesFeed]
    private let service: any CapacityService
    private let leadership: any Leadership
    private let checkpoint: FleetCheckpoint?
    private let containers: ContainerActions?
    private let logger: Logger
    private var fleets: [ResourceFleet]
    private var dispatch: RequestDispatch
    private var isWarm: [Bool]
    private var lastID: UInt64 = 0
    private var wasActive = false
    /// So that a state is said when it begins and when it ends, not each round.
    private var said: [Resource: RoundReport.HoldReason] = [:]
    package private(set) var checkpointFailures: UInt64 = 0
    /// Since when nothing of it was kept or taken, and why; nil when all is well.
    private var checkpointFault: String?
    private var isSaving = false

    package init(
        configuration: FleetConfiguration, store: any MetricStore, service: any CapacityService,
        leadership: any Leadership, checkpoint: FleetCheckpoint?, containers: ContainerActions? = nil,
        logger: Logger
    ) {
        self.configuration = configuration
        feeds = configuration.resources.map { source in
            SeriesFeed(
                store: store, configuration: configuration, resource: source.resource, selector: source.selector,
                label: configuration.label, aggregation: "sum", subject: "applications",
                consequence: "the plan stays as it is")
        }
        self.service = service
        self.leadership = leadership
        self.checkpoint = checkpoint
        self.containers = containers
        self.logger = logger
        fleets = configuration.resources.map { ResourceFleet($0, configuration) }
        isWarm = configuration.resources.map { _ in configuration.historySeconds == 0 }
        dispatch = RequestDispatch(service)
    }

    // MARK: What is kept

    /// Goes on from the checkpoint, where there is one that can be used.
    package func restore() async -> FleetCheckpoint.Outcome { await restore(.all) }

    private func restore(_ scope: FleetCheckpoint.Scope) async -> FleetCheckpoint.Outcome {
        guard let checkpoint else { return .none }
        let found: Checkpoint?
        do throws(CheckpointStoreError) {
            found = try await checkpoint.read(onlyNews: scope == .acting)
        } catch {
            let goesOn = scope == .all ? "forecasts start from Prometheus' history" : "this planner goes on with what it has learned itself"
            let reason = "\(checkpoint.name): \(error); \(goesOn)"
            fault(reason)
            return .refused(reason)
        }
        guard let found else { return .none }
        let before = fleets.map(\.timeNanoseconds)
        var known = await containers?.planner.fleets ?? []
        let summary = FleetCheckpoint.restore(found, scope, into: &fleets, &known)
        for index in fleets.indices where fleets[index].timeNanoseconds != before[index] {
            // What has been since then is read from Prometheus.
            isWarm[index] = configuration.historySeconds == 0
        }
        await containers?.planner.restored(known)
        if let reason = summary.reason {
            logger.warning("\(checkpoint.name): \(summary.refused) series and plans start anew, \(summary.restored) go on: \(reason)")
        } else if scope == .acting {
            logger.notice("\(checkpoint.name): goes on with \(summary.restored) series and plans of the one before")
        }
        return .restored(summary)
    }

    /// Keeps what was learned; where several share the place, only the one that acts does.
    package func save() async {
        guard let checkpoint, !isSaving else { return }
        if checkpoint.store.isShared, await !leadership.mayAct { return }
        isSaving = true
        defer { isSaving = false }
        let bytes = await encoded(upTo: checkpoint.store.limit)
        do throws(CheckpointStoreError) {
            let leadership = leadership
            try await checkpoint.store.write(bytes) { await leadership.mayAct }
            if checkpointFault != nil { logger.notice("\(checkpoint.name): what was learned is kept again") }
            checkpointFault = nil
        } catch {
            if !Task.isCancelled { fault("\(checkpoint.name): no checkpoint of what was learned: \(error)") }
        }
    }

    private func encoded(upTo limit: Int) async -> [UInt8] {
        let known = await containers?.planner.fleets ?? []
        let whole = FleetCheckpoint.encoded(fleets, known)
        guard whole.count > limit else { return whole }
        let without = FleetCheckpoint.encoded(fleets, known, hasApplications: false)
        logger.warning(
            "\(checkpoint?.name ?? ""): \(whole.count) bytes, more than \(limit): applications' own forecasts, which only explain plans, are left out (\(without.count) bytes without)"
        )
        return without
    }

    private func fault(_ reason: String) {
        checkpointFailures += 1
        if checkpointFault != reason { logger.error("\(reason)") }
        checkpointFault = reason
    }

    // MARK: A round

    package func round() async -> RoundReport {
        let begin = ContinuousClock.now
        var report = RoundReport()
        settle(&report)
        // What is ready to decide on: by resource.
        var isFresh = fleets.map { _ in false }
        for index in fleets.indices {
            do {
                if let hold = try await ingest(index, &report) {
                    note(hold, &report)
                } else {
                    isFresh[index] = true
                }
            } catch {
                if Task.isCancelled { return report }
                note(feeds[index].hold(error, isWarm: isWarm[index]), &report)
            }
        }
        report.isActive = await leadership.mayAct
        if report.isActive, !wasActive, checkpoint?.store.isShared == true {
            // What the one before has learned by acting; what it wrote since this one's last look.
            _ = await restore(.acting)
            report.isActive = await leadership.mayAct
        }
        if report.isActive {
            await decide(isFresh, &report)
        } else if wasActive {
            await abandon()
        }
        wasActive = report.isActive
        report.containers = await containers?.round(isActive: report.isActive)
        report.checkpointFault = checkpointFault
        report.checkpointFailures = checkpointFailures
        for index in fleets.indices { report.counts = report.counts + fleets[index].counts }
        report.applications = fleets.map(\.applicationCount).max() ?? 0
        report.took = .now - begin
        return report
    }

    /// Nothing that was asked for is asked for any longer; what it came to is found out anew.
    package func abandon() async {
        for index in fleets.indices { fleets[index].forgetCapacity() }
        let tasks = dispatch.callOff()
        await service.standDown()
        await containers?.abandon()
        for task in tasks { await task.value }
    }

    /// Waits for what is under way, for a single round.
    package func finish() async -> [RoundReport.Answer] {
        await dispatch.finish()
        var report = RoundReport()
        settle(&report)
        return report.answers
    }

    /// The same for containers. - Returns: `report` with what came of it.
    package func finish(_ report: RoundReport) async -> RoundReport {
        guard let containers, let begun = report.containers else { return report }
        var report = report
        report.containers = await containers.finish(begun)
        return report
    }

    /// Follows what containers' rounds need to know, until cancelled.
    package func follow() async { await containers?.run() }

    private func settle(_ report: inout RoundReport) {
        report.answers = dispatch.takeAnswers()
        for answer in report.answers {
            guard let index = fleets.firstIndex(where: { $0.resource == answer.request.resource }) else { continue }
            fleets[index].answered(answer.request, answer.outcome)
        }
    }

    // MARK: Samples

    /// - Returns: why nothing was learned; nil when there is something new.
    private func ingest(_ index: Int, _ report: inout RoundReport) async throws -> RoundReport.Hold? {
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

    // MARK: Decisions

    private func decide(_ isFresh: [Bool], _ report: inout RoundReport) async {
        for index in fleets.indices where isFresh[index] {
            let resource = fleets[index].resource
            var isKnown = true
            for (pool, definition) in configuration.pools.enumerated() {
                guard
                    let observed = await service.observe(
                        pool: definition.name, resource, demand: fleets[index].demand(pool: pool))
                else {
                    isKnown = false
                    note(
                        .init(
                            resource: resource, reason: .capacityUnknown,
                            text:
                                "\(service.name) does not say what pool \(definition.name) has of \(resource.name): its plan stays as it is"
                        ),
                        &report)
                    continue
                }
                // The lease may have gone while the service was asked.
                guard await leadership.mayAct else {
                    report.isActive = false
                    await abandon()
                    return
                }
                guard let plan = fleets[index].plan(pool: pool, observed) else { continue }
                report.plans.append(plan)
                guard
                    let request = CapacityRequest(
                        id: nextID(plan.decision.timeNanoseconds), pool: definition.name,
                        decision: plan.decision)
                else { continue }
                report.requests.append(request)
                dispatch.send(request)
            }
            if isKnown, let reason = said.removeValue(forKey: resource) {
                logger.notice("\(resource.name): planned again after \(reason.rawValue)")
            }
        }
    }

    /// Grows over restarts and from one planner to the next, because it begins with the time.
    private func nextID(_ time: Int64) -> UInt64 {
        lastID = max(lastID + 1, UInt64(max(0, time / 1_000_000)))
        return lastID
    }

    private func note(_ hold: RoundReport.Hold, _ report: inout RoundReport) {
        report.holds.append(hold)
        // Rounds may be more often than samples.
        guard hold.reason != .nothingNew, said[hold.resource] != hold.reason else { return }
        said[hold.resource] = hold.reason
        logger.warning("\(hold.resource.name): \(hold.text)")
    }
}
