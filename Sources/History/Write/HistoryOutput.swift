package import Agent
package import Aggregates
package import Capacity
package import Logging
package import Planner
package import Probes

/// An output that keeps what it is told on disk (`HistoryOptions`). Passes everything on to `base`.
///
/// Runs on the agent's thread and only gathers; a thread of its own encodes and writes.
package struct HistoryOutput<Base: AgentOutput>: AgentOutput {
    private var base: Base
    private let state: HistoryGathering

    /// Of the births and removals of cgroups, a minute; more are counted alone.
    private static var churnLimit: Int { 600 }

    package init(_ base: Base, options: HistoryOptions, intervalNanoseconds: UInt64, logger: Logger) {
        self.base = base
        state = HistoryGathering(options, intervalNanoseconds, logger)
    }

    package static var readsForecasts: Bool { Base.readsForecasts }

    package mutating func started(_ sources: [MetricSource], _ facts: HostFacts) {
        state.header.cores = facts.cores
        state.header.memoryBytes = facts.memoryBytes
        base.started(sources, facts)
    }

    package mutating func opened(
        _ table: consuming TableReader, in directory: RuntimeDirectory
    ) throws(AgentError) {
        state.writer = try HistoryWriter(
            state.options, header: state.header, table: table.another(), logger: state.logger)
        try base.opened(table, in: directory)
    }

    package mutating func closing() {
        state.writer?.end()
        state.writer = nil
        base.closing()
    }

    package var lostHistory: UInt64 { (state.writer?.lost ?? 0) + base.lostHistory }

    // MARK: What a tick brings

    package mutating func window(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {
        state.note(cgroup, window, detail)
        base.window(cgroup, window, detail)
    }

    package mutating func forecast(_ forecast: IssuedForecast) { base.forecast(forecast) }

    package mutating func plan(_ decision: PlanDecision, _ pool: PoolReport) {
        let plan = HistoryPlan(
            pool: pool.name, resource: decision.resource, fraction: decision.fraction,
            leadNanoseconds: decision.leadTimeNanoseconds)
        var row = HistoryBatch.PlanRow(
            number: state.number(of: plan),
            figures: HistoryPlanFigures(
                demand: decision.demand, forecast: decision.forecast, target: decision.target,
                ready: decision.ready, pending: decision.pending),
            allocatable: pool.allocatable, coverage: pool.coverage, line: [])
        if state.wantsReasons(at: UInt64(max(0, decision.timeNanoseconds))) {
            row.line = JSONSink.line { $0.plan(decision, pool) }
            row.ladder = HistoryPlanMinute.Ladder(pool)
        }
        state.batch.plans.append(row)
        base.plan(decision, pool)
    }

    package mutating func request(
        _ request: CapacityRequest, _ outcome: CapacityOutcome, provider: String
    ) {
        state.batch.lines.append(JSONSink.line { $0.request(request, outcome, provider: provider) })
        base.request(request, outcome, provider: provider)
    }

    package mutating func event(_ event: EngineEvent) {
        switch event {
        case .cgroupCreated, .cgroupRemoved:
            state.lineCount += 1
            guard state.lineCount <= Self.churnLimit else {
                state.linesLeftOut += 1
                break
            }
            fallthrough
        case .alarm, .probesShed, .clockSetBack:
            state.batch.lines.append(JSONSink.line { $0.event(event) })
        }
        base.event(event)
    }

    package mutating func loss(_ cause: LossCause, total: UInt64, timeNanoseconds: UInt64) {
        state.batch.lines.append(
            JSONSink.line { $0.loss(cause, total: total, timeNanoseconds: timeNanoseconds) })
        base.loss(cause, total: total, timeNanoseconds: timeNanoseconds)
    }

    package mutating func selfReport(_ report: SelfReport) {
        state.endTick(report)
        base.selfReport(report)
    }

    package mutating func flush() -> Bool { base.flush() }
    package var inputDescriptor: CInt? { base.inputDescriptor }
    package mutating func input() -> Bool { base.input() }
}

extension HistoryPlanMinute.Ladder {
    /// Nil while nothing is forecast.
    fileprivate init?(_ pool: PoolReport) {
        let values = pool.quantiles.map { pool.ladder.value(at: $0) }
        guard values.contains(where: { $0 != nil }) else { return nil }
        self.init(horizonNanoseconds: UInt64(max(0, pool.horizonNanoseconds)), values: values)
    }
}
