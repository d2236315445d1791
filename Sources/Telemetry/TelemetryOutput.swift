package import Agent
package import Aggregates
package import Capacity
package import Planner
package import Probes

/// An output that also answers over HTTP what it is told. Passes all but `opened` on to `base`.
///
/// Runs on the agent's thread and only adds up; a thread of its own serves (`TelemetryServer`).
package struct TelemetryOutput<Base: AgentOutput>: AgentOutput {
    private var base: Base
    private let state: State

    /// By reference: an output is copied, a server is not.
    private final class State {
        let options: TelemetryOptions
        let limit: SeriesLimit
        let version: String
        let board = Board()
        var tally: Tally
        var journal = Journal()
        var hasNews = false
        var server: TelemetryServer?

        init(_ options: TelemetryOptions, _ limit: SeriesLimit?, _ version: String) {
            self.options = options
            self.limit = limit ?? SeriesLimit(options.maxCgroups)
            self.version = version
            tally = Tally(limit: options.maxCgroups, cores: 1, memoryBytes: 1e9)
        }
    }

    /// - Parameters:
    ///   - limit: in place of the options' `maxCgroups`; may change at any time.
    ///   - version: of this build, such as 0.1.0.
    package init(_ base: Base, options: TelemetryOptions, limit: SeriesLimit? = nil, version: String) {
        self.base = base
        state = State(options, limit, version)
    }

    package static var readsForecasts: Bool { Base.readsForecasts }

    package mutating func started(_ sources: [MetricSource], _ facts: HostFacts) {
        state.tally = Tally(
            limit: state.limit.value,
            cores: facts.cores,
            memoryBytes: facts.memoryBytes
        )
        base.started(sources, facts)
    }

    package mutating func opened(
        _ table: consuming TableReader,
        in directory: RuntimeDirectory
    ) throws(AgentError) {
        state.server = try TelemetryServer(
            options: state.options,
            limit: state.limit,
            version: state.version,
            directory: directory,
            table: table,
            board: state.board
        )
    }

    package var lostHistory: UInt64 { base.lostHistory }

    package mutating func closing() {
        state.server?.stop()
        state.server = nil
        base.closing()
    }

    package mutating func window(
        _ cgroup: WindowSubject,
        _ window: Window,
        _ detail: WindowDetail?
    ) {
        state.tally.window(cgroup, window, detail)
        base.window(cgroup, window, detail)
    }

    package mutating func forecast(_ forecast: IssuedForecast) { base.forecast(forecast) }

    package mutating func plan(_ decision: PlanDecision, _ pool: PoolReport) {
        state.journal.plan(decision, pool)
        base.plan(decision, pool)
    }

    package mutating func request(
        _ request: CapacityRequest,
        _ outcome: CapacityOutcome,
        provider: String
    ) {
        state.journal.request(request, outcome, provider: provider)
        base.request(request, outcome, provider: provider)
    }

    package mutating func event(_ event: EngineEvent) {
        state.journal.event(event)
        state.hasNews = true
        base.event(event)
    }

    package mutating func loss(_ cause: LossCause, total: UInt64, timeNanoseconds: UInt64) {
        base.loss(cause, total: total, timeNanoseconds: timeNanoseconds)
    }

    package mutating func selfReport(_ report: SelfReport) {
        state.tally.endTick(report.timeNanoseconds)
        state.journal.endTick()
        state.tally.bound(to: state.limit.value)
        if state.board.post(state.tally, state.journal) { state.hasNews = false }
        base.selfReport(report)
    }

    package mutating func flush() -> Bool {
        // Alarms are flushed between ticks.
        if state.hasNews, state.board.post(state.journal) { state.hasNews = false }
        return base.flush()
    }

    package var inputDescriptor: CInt? { base.inputDescriptor }
    package mutating func input() -> Bool { base.input() }
}
