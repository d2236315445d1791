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
    private let store: any MetricStore
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
    /// Holds since the start, by reason.
    package private(set) var holdCounts: [RoundReport.HoldReason: UInt64] = [:]
    package private(set) var checkpointFailures: UInt64 = 0
    /// Since when nothing of it was kept or taken, and why; nil when all is well.
    private var checkpointFault: String?
    private var isSaving = false

    /// History is read in parts of about so many points.
    private static let pointsAPart = 2_000_000

    package init(
        configuration: FleetConfiguration, store: any MetricStore, service: any CapacityService,
        leadership: any Leadership, checkpoint: FleetCheckpoint?, containers: ContainerActions? = nil,
        logger: Logger
    ) {
        self.configuration = configuration
        self.store = store
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
        logger.warning("\(checkpoint?.name ?? ""): \(whole.count) bytes, more than \(limit): applications' own forecasts, which only explain plans, are left out (\(without.count) bytes without)")
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
                note(
                    .init(
                        resource: fleets[index].resource, reason: isWarm[index] ? .unanswered : .noHistory,
                        text: "\(error); the plan stays as it is"),
                    &report)
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
        let source = fleets[index].source
        func hold(_ reason: RoundReport.HoldReason, _ text: String) -> RoundReport.Hold {
            .init(resource: source.resource, reason: reason, text: text)
        }
        let newest = try await store.instant("max(timestamp(\(source.selector)))", label: configuration.label, at: nil)
        guard let newest = newest.single, newest.value.isFinite else {
            // Where a scrape or a rule fails, Prometheus ends its series at once.
            let ended = try await store.instant(
                "max(max_over_time(timestamp(\(source.selector))[10m:15s]))", label: configuration.label, at: nil)
            if let ended = ended.single, ended.value.isFinite {
                return hold(.stale, "the samples of \(source.selector) ended \(Int(ended.time - ended.value)) s ago: no forecast from stale data, the plan stays as it is; do agents answer, and do the recording rules fail?")
            }
            return hold(.empty, "Prometheus has no samples of \(source.selector): are the recording rules loaded, and do agents know applications? The plan stays as it is")
        }
        let age = newest.time - newest.value
        guard age <= Double(configuration.staleSeconds) else {
            return hold(.stale, "the newest sample of \(source.selector) is \(Int(age)) s old, more than \(configuration.staleSeconds) s: no forecast from stale data, the plan stays as it is")
        }
        if !isWarm[index] {
            try await warm(index, until: newest.time)
            isWarm[index] = true
        }
        let time = Int64((newest.value * 1e9).rounded())
        guard time > fleets[index].timeNanoseconds else {
            let behind = Double(fleets[index].timeNanoseconds - time) / 1e9
            return hold(.nothingNew, behind > 0
                ? "the newest sample of \(source.selector) is \(Int(behind)) s older than the last learned: Prometheus' clock went back; nothing is learned until it is past that"
                : "no sample of \(source.selector) since the last round")
        }
        let control = try await store.instant("avg(\(configuration.control))", label: configuration.label, at: newest.time)
        guard let answering = control.single?.value, answering.isFinite else {
            return hold(.noControl, "Prometheus knows no agents by \(configuration.control): nothing tells who is gone from who was not seen; name their series with --control. The plan stays as it is")
        }
        let table = try await store.instant(
            "last_over_time(\(source.selector)[\(configuration.staleSeconds)s])",
            label: configuration.label, at: newest.time)
        guard !table.rows.isEmpty else {
            return hold(.empty, "Prometheus has no samples of \(source.selector) any more; the plan stays as it is")
        }
        report.series += table.rows.count
        fleets[index].ingest(table, at: time, answering: min(1, max(0, answering)))
        return nil
    }

    /// Reads history from where what is known ends.
    private func warm(_ index: Int, until now: Double) async throws {
        let source = fleets[index].source
        let step = configuration.historyStepSeconds
        let end = Int64(now) / step * step - step
        let known = fleets[index].timeNanoseconds
        let start = max(end - configuration.historySeconds / step * step, known == .min ? .min : known / 1_000_000_000 / step * step + step)
        guard start <= end else { return }
        let count = try await store.instant(
            "count(count by (\(configuration.label)) (\(source.selector)))", label: configuration.label, at: now)
        let applications = max(1, Int(count.single.map { min($0.value, 1e9) } ?? 1))
        let points = min(TimeRange.pointLimit, max(1, Self.pointsAPart / applications))
        for part in TimeRange(start: start, end: end, step: step).split(points: points) {
            let table = try await store.range(
                "sum by (\(configuration.label)) (last_over_time(\(source.selector)[\(step)s]))",
                label: configuration.label, part)
            fleets[index].ingest(history: table, part)
        }
    }

    // MARK: Decisions

    private func decide(_ isFresh: [Bool], _ report: inout RoundReport) async {
        for index in fleets.indices where isFresh[index] {
            let resource = fleets[index].resource
            var isKnown = true
            for (pool, definition) in configuration.pools.enumerated() {
                guard let observed = await service.observe(
                    pool: definition.name, resource, demand: fleets[index].demand(pool: pool)) else {
                    isKnown = false
                    note(
                        .init(
                            resource: resource, reason: .capacityUnknown,
                            text: "\(service.name) does not say what pool \(definition.name) has of \(resource.name): its plan stays as it is"),
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
        holdCounts[hold.reason, default: 0] += 1
        // Rounds may be more often than samples.
        guard hold.reason != .nothingNew, said[hold.resource] != hold.reason else { return }
        said[hold.resource] = hold.reason
        logger.warning("\(hold.resource.name): \(hold.text)")
    }
}
