internal import Agent
internal import Aggregates
internal import Capacity
internal import Glibc
internal import Planner
internal import Probes

/// An output for people, with a greeting before it and a word at the end, both on standard error.
///
/// A full-screen view would hide the greeting: it is made only when the greeting has been there for
/// three seconds and there is a window to show, or when Enter is pressed. Since the view has a screen
/// of its own, the greeting is there again when it ends.
struct GreetedOutput<Base: AgentOutput>: AgentOutput {
    private let state: State

    /// By reference: an output is copied, a screen is not.
    private final class State {
        let greeting: Greeting
        let make: () -> Base
        var base: Base?
        var report = SelfReport()
        let started = MonotonicSeconds.now()
        var shown = 0.0
        init(_ greeting: Greeting, _ make: @escaping () -> Base) {
            self.greeting = greeting
            self.make = make
        }
    }

    private static var readingSeconds: Double { 3 }

    /// - Parameters:
    ///   - waits: whether `make` hides the greeting, so that it has to wait; else it is called at once.
    init(_ greeting: Greeting, waits: Bool, make: @escaping () -> Base) {
        state = State(greeting, make)
        if !waits { state.base = make() }
    }

    static var readsForecasts: Bool { Base.readsForecasts }

    mutating func started(_ sources: [MetricSource], _ facts: HostFacts) {
        var lines = state.greeting.lines(sources, facts)
        if state.base == nil { lines.append(state.greeting.style.dim("the view opens in a moment (Enter: at once)")) }
        StandardError.write(lines.joined(separator: "\n") + "\n")
        state.shown = MonotonicSeconds.now()
        state.base?.started(sources, facts)
    }

    mutating func closing() {
        state.base?.closing()
        // The view gives the screen back before anything is said on it.
        state.base = nil
        let seconds = MonotonicSeconds.now() - state.started
        StandardError.write(
            "\n" + state.greeting.farewell(state.report, seconds: seconds).joined(separator: "\n"))
    }

    mutating func selfReport(_ report: SelfReport) {
        state.report = report
        state.base?.selfReport(report)
    }

    mutating func flush() -> Bool {
        if state.base == nil {
            guard MonotonicSeconds.now() - state.shown >= Self.readingSeconds else { return true }
            state.base = state.make()
        }
        return state.base!.flush()
    }

    var inputDescriptor: CInt? {
        guard let base = state.base else { return isatty(STDIN_FILENO) == 1 ? STDIN_FILENO : nil }
        return base.inputDescriptor
    }

    mutating func input() -> Bool {
        guard state.base == nil else { return state.base!.input() }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe read(STDIN_FILENO, &bytes, bytes.count)
        if count > 0, bytes[0] == UInt8(ascii: "q") { return false }
        state.base = state.make()
        return state.base!.flush()
    }

    mutating func window(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {
        state.base?.window(cgroup, window, detail)
    }

    mutating func forecast(_ forecast: IssuedForecast) { state.base?.forecast(forecast) }

    mutating func plan(_ decision: PlanDecision, _ pool: PoolReport) { state.base?.plan(decision, pool) }

    mutating func request(_ request: CapacityRequest, _ outcome: CapacityOutcome, provider: String) {
        state.base?.request(request, outcome, provider: provider)
    }

    mutating func event(_ event: EngineEvent) { state.base?.event(event) }

    mutating func loss(_ cause: LossCause, total: UInt64, timeNanoseconds: UInt64) {
        state.base?.loss(cause, total: total, timeNanoseconds: timeNanoseconds)
    }
}
