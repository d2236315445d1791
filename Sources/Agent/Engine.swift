package import Aggregates
package import Capacity
package import Forecast
package import HeadroomABI
internal import Planner

/// The pure middle of the agent: records and ticks in, windows, forecasts, plans and
/// capacity requests out.
///
/// Holds no descriptor and reads no clock, so a recording of its inputs gives the same
/// outputs bit for bit. One thread. The caller carries out the requests that `tick` returns
/// and reports each back through `settle`.
package struct Engine<Sink: EngineSink>: ~Copyable {
    package private(set) var configuration: EngineConfiguration
    private var aggregates: Aggregates
    private var stage: ForecastStage<Sink>
    private var planners: [ResourcePlanner]
    /// What was usable during the interval that the next tick closes, by plan.
    private var available: [Double?]
    private var chunks: ChunkStage
    private var shares: PoolShares
    /// By `AgentFailure`.
    private var countedFailures = AgentFailure.allCases.map { _ in UInt64(0) }
    /// By plan; of cgroups alone.
    private var bursts: [BurstAllowance]
    /// What alarms ask for between ticks.
    private var urgent: [CapacityRequest] = []
    private var reportedLosses: [UInt64]
    private var lastRequestID: UInt64 = 0
    private var ticks: UInt64 = 0
    /// Of the last tick; nil before the first.
    private var unobserved: UInt32?
    /// Of the first tick: never there, and so not taken off.
    private var absent: UInt32 = 0
    /// From CLOCK_MONOTONIC to Unix time, as the last tick had it.
    private var unixOffset: Int64?
    /// Unix nanoseconds of the last tick's walk.
    private var lastWalk: UInt64 = 0

    package init(
        configuration: EngineConfiguration, table: consuming SharedTable, sink: Sink
    ) {
        self.configuration = configuration
        aggregates = Aggregates(table: table)
        stage = ForecastStage(sink: sink, configuration: configuration)
        planners = configuration.plans.map {
            ResourcePlanner(resource: $0.resource, configuration: $0.configuration)
        }
        available = configuration.plans.map { _ in nil }
        shares = PoolShares(configuration)
        chunks = ChunkStage(configuration)
        bursts = configuration.plans.map { _ in BurstAllowance() }
        reportedLosses = aggregates.losses
        describePlans()
    }

    /// Shows in the table what is forecast, and plans that are still to be made.
    private mutating func describePlans() {
        let configuration = configuration
        let quantiles = stage.configuration.quantiles
        aggregates.history.choose(
            horizons: configuration.horizonsNanoseconds.count, quantiles: quantiles)
        updateHeader { header in
            header.interval_ns = configuration.intervalNanoseconds
            let horizons = configuration.horizonsNanoseconds.prefix(Int(HR_TABLE_HORIZONS))
            header.horizon_count = UInt32(horizons.count)
            unsafe withUnsafeMutableBytes(of: &header.horizons_ns) { raw in
                let target = unsafe raw.bindMemory(to: UInt64.self)
                for (index, value) in horizons.enumerated() {
                    unsafe target[index] = UInt64(value)
                }
            }
            header.quantile_count = UInt32(min(quantiles.count, Int(HR_TABLE_QUANTILES)))
            unsafe withUnsafeMutableBytes(of: &header.quantiles) { raw in
                let target = unsafe raw.bindMemory(to: Double.self)
                for (index, value) in quantiles.prefix(Int(HR_TABLE_QUANTILES)).enumerated() {
                    unsafe target[index] = value
                }
            }
            for resource in Resource.measured {
                unsafe withUnsafeMutableBytes(of: &header.plans) { raw in
                    unsafe raw.bindMemory(to: hr_table_plan.self)[Int(resource.rawValue)] =
                        hr_table_plan()
                }
            }
            header.pool_plan_count = 0
        }
    }

    package var sink: Sink {
        get { stage.sink }
        _modify { yield &stage.sink }
    }

    /// Cgroups whose path the caller should look up and report through `found`.
    package var unnamed: [UInt64] { aggregates.unnamed }
    package var cgroupCount: Int { aggregates.count }
    package var lastWalkDurationNanoseconds: UInt64 { aggregates.lastWalkDuration }

    // MARK: Inputs

    package mutating func ingest(_ record: UnsafeRawBufferPointer) {
        unsafe aggregates.ingest(record)
        if aggregates.hasAlarms { tellAlarms() }
    }

    /// At once, but for those before the first tick, which tells what time it is.
    private mutating func tellAlarms() {
        guard let unixOffset else { return }
        for alarm in aggregates.takeAlarms() {
            let time = max(0, Int64(bitPattern: alarm.timeNanoseconds) &+ unixOffset)
            stage.sink.event(.alarm(alarm, timeNanoseconds: UInt64(time)))
            if alarm.kind == .oomKill { stage.outOfMemory(cgroupID: alarm.cgroupID) }
            if alarm.kind == .throttled { relieve(alarm, at: time) }
        }
    }

    package mutating func found(id: UInt64, path: String) { aggregates.found(id: id, path: path) }

    /// Tells who all pods are; what was told before and is not in `pods` has no name any more.
    package mutating func name(_ pods: [Pod]) { aggregates.setPods(PodDirectory(pods)) }

    /// Everything that was learned. O(series and plans), 4 KiB each.
    package var checkpoint: Checkpoint { checkpoint(hasKept: true) }

    /// - Parameter hasKept: with what is kept of cgroups that are not there.
    private func checkpoint(hasKept: Bool) -> Checkpoint {
        var checkpoint = stage.checkpoint(hasKept: hasKept)
        for index in planners.indices {
            let plan = LearnedPlan(
                configuration.plans[index], configuration, words: planners[index].learned)
            checkpoint.add(plan.encoded, key: plan.key)
        }
        return checkpoint
    }

    /// Takes over what an earlier run learned; before the first tick.
    package mutating func restore(_ checkpoint: Checkpoint) -> RestoreSummary {
        var summary = stage.restore(checkpoint)
        for (index, key) in checkpoint.keys.enumerated() where LearnedPlan.isKey(key) {
            restore(plan: key, checkpoint.state(at: index), &summary)
        }
        return summary
    }

    private mutating func restore(
        plan key: String, _ state: ArraySlice<UInt8>, _ summary: inout RestoreSummary
    ) {
        let place = configuration.plans.firstIndex {
            LearnedPlan.key(of: $0, in: configuration) == key
        }
        guard let place else { return summary.refuse("\"\(key)\" is not planned any more") }
        guard let learned = LearnedPlan(key: key, encoded: state) else {
            return summary.refuse("the state of \"\(key)\" cannot be true")
        }
        guard let words = learned.words(of: configuration.plans[place], configuration) else {
            return summary.refuse(
                "\"\(key)\" was learned with another cost ratio or lead, or other quantiles")
        }
        guard planners[place].restore(words) else {
            return summary.refuse("the state of \"\(key)\" cannot be true")
        }
        summary.restored += 1
    }

    /// Plans otherwise from the next tick on, with all that was learned as far as it is about the same: series, plans, hints,
    /// chunks that are held. Between ticks. No record is lost: aggregates and windows go on. What is fixed for a run
    /// (`EngineConfiguration.keeping`) stays as it was.
    package mutating func reconfigure(_ new: EngineConfiguration) -> RestoreSummary {
        let learned = checkpoint(hasKept: false)
        let before = configuration
        configuration = new.keeping(before)
        func place(_ plan: PlannedResource) -> Int? {
            let key = LearnedPlan.key(of: plan, in: configuration)
            return before.plans.firstIndex { LearnedPlan.key(of: $0, in: before) == key }
        }
        let places = configuration.plans.map(place)
        // Limits that are planned no more are put back by whoever set them.
        for index in before.plans.indices where before.plans[index].cgroup != nil && !places.contains(index) {
            guard available[index] != nil, let place = stage.planned[index].index else { continue }
            aggregates.showLimit(0, of: before.plans[index].resource, at: place)
        }
        let (stageBefore, plannersBefore) = (stage, planners)
        stage = stageBefore.carried(to: configuration, places: places)
        planners = configuration.plans.indices.map { index in
            let plan = configuration.plans[index]
            // What it has asked for, held and waited for is in no checkpoint.
            if let place = places[index], before.plans[place].configuration == plan.configuration,
                stage.subjectPath(plan: index) == stageBefore.subjectPath(plan: place)
            {
                return plannersBefore[place]
            }
            return ResourcePlanner(resource: plan.resource, configuration: plan.configuration)
        }
        available = places.map { $0.flatMap { available[$0] } }
        shares = shares.carried(to: configuration, from: before, places: places)
        bursts = places.map { $0.map { bursts[$0] } ?? BurstAllowance() }
        chunks = chunks.carried(to: configuration, places: places)
        urgent = []
        describePlans()
        return restore(learned)
    }

    /// Plans of cgroups, or those of the node and pools, are carried out by another from here on, which has all of it to be asked
    /// for anew. Between ticks.
    package mutating func providerChanged(ofCgroups: Bool) {
        for index in planners.indices where (configuration.plans[index].cgroup != nil) == ofCgroups {
            planners[index].providerChanged()
        }
    }

    /// Changes the shared header, for what only the agent knows: its pid, its own cost.
    package func updateHeader(_ body: (inout hr_table_header) -> Void) {
        aggregates.table.updateHeader(body)
    }

    /// Closes windows, learns, forecasts and plans. Complexity: O(cgroups).
    /// - Returns: what to ask the provider for now.
    package mutating func tick(_ input: TickInput) -> [CapacityRequest] {
        ticks += 1
        let offsetBefore = unixOffset
        unixOffset = input.unixOffsetNanoseconds
        tellAlarms()
        aggregates.setKernelLosses(input.kernelLosses, recursionMisses: input.recursionMisses)
        if input.skippedTicks > 0 { aggregates.count(HR_LOSS_TICK_SKIPPED, by: input.skippedTicks) }
        for failure in AgentFailure.allCases where failure.rawValue < input.failures.count {
            let total = input.failures[failure.rawValue]
            let before = countedFailures[failure.rawValue]
            if total > before { aggregates.count(failure.loss, by: total - before) }
            countedFailures[failure.rawValue] = max(total, before)
        }
        let unknownRates = input.rates.count { $0 == nil }
        if unknownRates > 0 { aggregates.count(HR_LOSS_RATE_UNKNOWN, by: UInt64(unknownRates)) }
        stage.beginTick(
            at: Int64(bitPattern: aggregates.lastWalkTime) &+ input.unixOffsetNanoseconds,
            utcOffset: input.utcOffsetSeconds, rates: input.rates)
        aggregates.closeWindows(
            rootCPU: input.rootCPUNanoseconds, unixOffset: input.unixOffsetNanoseconds,
            interval: configuration.intervalNanoseconds, unobserved: input.unobserved, &stage)
        stage.endTick()
        let now = UInt64(
            max(0, Int64(bitPattern: aggregates.lastWalkTime) &+ input.unixOffsetNanoseconds))
        reportLosses(now)
        if let offsetBefore, now < lastWalk {
            let step = UInt64(max(0, offsetBefore.subtractingReportingOverflow(input.unixOffsetNanoseconds).partialValue))
            stage.sink.event(.clockSetBack(nanoseconds: step, timeNanoseconds: now))
        }
        lastWalk = now
        if let before = unobserved, before != input.unobserved {
            let shed = Unobserved.names(input.unobserved & ~absent)
            stage.sink.event(.probesShed(names: shed, timeNanoseconds: now))
        } else if unobserved == nil {
            absent = input.unobserved
        }
        unobserved = input.unobserved
        let requests = plan(input)
        publish(now)
        return requests
    }

    /// Takes the provider's answer to a request that `tick` returned: again, when it was `.pending`
    /// before.
    package mutating func settle(
        _ request: CapacityRequest, _ outcome: CapacityOutcome, provider: String
    ) {
        stage.sink.request(request, outcome, provider: provider)
        let planner = configuration.plans.firstIndex {
            $0.resource == request.resource && configuration.name(of: $0.scope) == request.pool
        }
        if let planner, configuration.plans[planner].cgroup != nil {
            // A limit is in force at once.
            switch outcome {
            case .granted(let amount), .partial(let amount, _):
                available[planner] = amount
                if let place = stage.planned[planner].index {
                    aggregates.showLimit(amount, of: request.resource, at: place)
                }
            case .denied, .pending: available[planner] = request.amount - request.change
            }
        }
        if let planner, request.change > 0 {
            switch outcome {
            case .granted, .partial:
                planners[planner].answered(isRefused: false, at: request.requestedAtNanoseconds)
            case .denied:
                planners[planner].answered(isRefused: true, at: request.requestedAtNanoseconds)
            case .pending: break
            }
        }
        updateHeader { header in
            let entry = TableRequest.make(request, outcome)
            let kept = Int(min(header.request_count, UInt64(HR_TABLE_REQUESTS)))
            let next = Int(header.request_count % UInt64(HR_TABLE_REQUESTS))
            let isNew = unsafe withUnsafeMutableBytes(of: &header.requests) { raw in
                let requests = unsafe raw.bindMemory(to: hr_table_request.self)
                let earlier = unsafe requests[..<kept].firstIndex { $0.figures.id == request.id }
                unsafe requests[earlier ?? next] = entry
                return earlier == nil
            }
            if isNew { header.request_count += 1 }
        }
    }

    // MARK: Planning

    private mutating func plan(_ input: TickInput) -> [CapacityRequest] {
        var decisions: [(plan: Int, decision: PlanDecision)] = []
        shares.divide(
            configuration,
            allocatable: { $0 < input.observations.count ? input.observations[$0]?.allocatable : nil },
            demand: { stage.planned[$0].demand })
        for index in planners.indices {
            guard let window = stage.planned[index].window else { continue }
            let cgroup = configuration.plans[index].cgroup
            if cgroup != nil, !isPlannable(plan: index, input) {
                // It is held to nothing of ours.
                if available[index] != nil, let place = stage.planned[index].index {
                    aggregates.showLimit(0, of: planners[index].resource, at: place)
                }
                available[index] = nil
                continue
            }
            let resource = planners[index].resource
            let time = Int64(clamping: window.end_ns)
            let demand =
                cgroup == nil
                ? stage.planned[index].demand ?? window.value(resource)
                : demandOfCgroup(plan: index, window)
            if let available = available[index], !stage.isMaintenance {
                planners[index].feedback(
                    PlanExecution(
                        timeNanoseconds: time,
                        durationNanoseconds: Int64(clamping: window.elapsedNanoseconds),
                        demand: demand, available: available))
            }
            let observed = index < input.observations.count ? input.observations[index] : nil
            available[index] = observed?.ready
            let counted = chunks.counted(plan: index, observed)
            let extra = bursts[index].amount
            stage.setLead(planners[index].leadTimeNanoseconds, plan: index)
            let ladder = stage.poolLadder(plan: index)
            let decision = planners[index].plan(
                PoolDemand(
                    timeNanoseconds: time, demand: demand,
                    quantileForecast: stage.poolForecast(plan: index).map { $0 + extra },
                    ladder: ladder.raised(by: extra),
                    horizonNanoseconds: stage.planHorizonNanoseconds(plan: index),
                    ready: counted.ready, pending: counted.pending,
                    ceiling: shares[index], inUse: shares.peak(plan: index) ?? 0, isExceptional: stage.isMaintenance,
                    scheduled: stage.scheduled(plan: index),
                    requests: stage.requests(plan: index), surplus: counted.surplus, coverage: window.coverage,
                    topContributors: stage.contributions[index].largest,
                    contributorNeed: stage.contributions[index].need))
            shares.note(plan: index, wanted: decision.wanted, demand: demand, at: time)
            report(decision, plan: index, ladder, observed: observed)
            if decision.change != 0 { decisions.append((index, decision)) }
        }
        var requests: [CapacityRequest] = []
        for (plan, decision) in decisions where !chunks.handles(plan: plan) {
            let pool = configuration.name(of: configuration.plans[plan].scope)
            if let request = CapacityRequest(id: 0, pool: pool, decision: decision) {
                requests.append(request)
            }
        }
        requests += chunks.requests(decisions, input.observations)
        // What one pool gives back is there for another in the same round.
        requests = requests.filter { $0.change < 0 } + requests.filter { $0.change >= 0 }
        for index in requests.indices {
            lastRequestID += 1
            requests[index].id = lastRequestID
        }
        return requests
    }

    /// A cgroup is left alone until its forecasts have been seen to hold, and while it cannot be
    /// limited.
    private func isPlannable(plan index: Int, _ input: TickInput) -> Bool {
        guard index < input.observations.count, input.observations[index] != nil else {
            return false
        }
        let matured = stage.poolCalibration(plan: index).calibration?.maturedLabels ?? 0
        return matured >= configuration.forecastsToPlanCgroup
    }

    /// What a cgroup would use without its limit, and what its short peaks need beyond that.
    private mutating func demandOfCgroup(plan index: Int, _ window: Window) -> Double {
        let resource = planners[index].resource
        let use = window.value(resource)
        let limit = available[index] ?? .infinity
        let detail = stage.planned[index].detail ?? WindowDetail()
        var stalled = 0.0
        switch resource {
        case .cpu:
            if detail.knowsPeaks {
                bursts[index].observe(mean: use, peak: Double(detail.cpu_peak_100ms_cores))
            }
            if detail.knows(HR_PART_THROTTLE) {
                stalled = Double(detail.throttled_ns) / Double(window.elapsedNanoseconds)
            }
        case .memory:
            // Page cache goes up to any limit without harm: only tasks that stall say that it
            // is too low.
            if detail.knows(HR_PART_LIMITS), detail.memory_events.0 + detail.memory_events.1 > 0,
                detail.knows(HR_PART_PRESSURE)
            {
                stalled = Double(detail.pressure.2)
            }
        default: break
        }
        return DemandUnderLimit.estimate(use: use, limit: limit, stalled: stalled)
            + bursts[index].amount
    }

    /// What alarms have asked for since the last call; the caller carries it out and settles it,
    /// as what `tick` returns.
    package mutating func takeUrgent() -> [CapacityRequest] {
        defer { urgent.removeAll(keepingCapacity: true) }
        return urgent
    }

    /// More CPU at once for a managed cgroup that its limit has stopped: half as much again. The
    /// next tick plans on what was seen by then.
    private mutating func relieve(_ alarm: Alarm, at time: Int64) {
        for index in planners.indices {
            let plan = configuration.plans[index]
            guard plan.resource == .cpu, let cgroup = plan.cgroup, cgroup == alarm.path,
                let limit = available[index]
            else { continue }
            let amount = min(plan.configuration.maximum, limit * Self.reliefFactor)
            guard amount > limit else { continue }
            lastRequestID += 1
            available[index] = amount
            urgent.append(
                CapacityRequest(
                    id: lastRequestID, pool: cgroup, resource: .cpu, amount: amount,
                    change: amount - limit, requestedAtNanoseconds: time,
                    neededByNanoseconds: time,
                    reasons: [
                        "its limit of \(Quantity.text(limit, of: .cpu)) has just stopped it: half as much again until the next plan"
                    ]))
        }
    }

    private static var reliefFactor: Double { 1.5 }

    private mutating func report(
        _ decision: PlanDecision, plan index: Int, _ ladder: ForecastLadder,
        observed: CapacityObservation?
    ) {
        let (quantile, calibration) = stage.poolCalibration(plan: index)
        let matured = calibration?.maturedLabels ?? 0
        let scope = configuration.plans[index].scope
        let pool = PoolReport(
            name: configuration.name(of: scope), scope: scope,
            allocatable: observed?.allocatable, quantile: quantile,
            coverage: matured > 0 ? calibration?.coveredFraction : nil, maturedForecasts: matured,
            ladder: ladder, horizonNanoseconds: stage.planHorizonNanoseconds(plan: index),
            quantiles: stage.configuration.quantiles)
        stage.sink.plan(decision, pool)
        if case .cgroup = scope { return }
        let entry = TablePlan.make(
            decision, pool, configuration.plans[index].configuration)
        if case .pool(let place) = scope { return show(entry, pool: place, plan: index) }
        updateHeader { header in
            unsafe withUnsafeMutableBytes(of: &header.plans) { raw in
                unsafe raw.bindMemory(to: hr_table_plan.self)[Int(decision.resource.rawValue)] =
                    entry
            }
        }
    }

    /// Plans of pools stand in the table in the order of the configuration.
    private func show(_ plan: hr_table_plan, pool: Int, plan index: Int) {
        let before = configuration.plans[..<index]
        let place = before.count { if case .pool = $0.scope { true } else { false } }
        guard place < Int(HR_TABLE_POOL_PLANS) else { return }
        var entry = hr_table_pool_plan()
        entry.plan = plan
        entry.resource = UInt32(configuration.plans[index].resource.rawValue)
        entry.applications = UInt32(clamping: stage.sums[pool].applications)
        TableText.write(configuration.pools[pool].name, to: &entry.pool)
        updateHeader { header in
            header.pool_plan_count = max(header.pool_plan_count, UInt32(place + 1))
            unsafe withUnsafeMutableBytes(of: &header.pool_plans) { raw in
                unsafe raw.bindMemory(to: hr_table_pool_plan.self)[place] = entry
            }
        }
    }

    private mutating func reportLosses(_ now: UInt64) {
        for cause in LossCause.all {
            let total = aggregates.losses[cause.index]
            guard total != reportedLosses[cause.index] else { continue }
            stage.sink.loss(cause, total: total, timeNanoseconds: now)
        }
        reportedLosses = aggregates.losses
    }

    private func publish(_ now: UInt64) {
        let losses = aggregates.losses
        let cgroups = UInt64(aggregates.count)
        let used = UInt32(aggregates.slotsUsed)
        let duration = aggregates.lastWalkDuration
        let ticks = ticks
        let shed = (unobserved ?? 0) & ~absent
        updateHeader { header in
            header.ticks = ticks
            header.last_tick_ns = now
            header.cgroups = cgroups
            header.slots_used = used
            header.walk_duration_ns = duration
            header.shed = shed
            unsafe withUnsafeMutableBytes(of: &header.losses) { raw in
                let target = unsafe raw.bindMemory(to: UInt64.self)
                for (index, value) in losses.enumerated() { unsafe target[index] = value }
            }
        }
    }
}
