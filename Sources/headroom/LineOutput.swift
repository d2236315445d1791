internal import Agent
internal import Aggregates
internal import Capacity
internal import Glibc
internal import HeadroomABI
internal import Logging
internal import NodeView
internal import Planner
internal import Probes

/// A few lines a window for people, where there is no terminal to draw on; in the journal, which keeps
/// them, only what changes, without the time, which the journal has, and with a priority.
struct LineOutput: AgentOutput {
    private let isJournal: Bool
    private var text = ""
    /// The leaves that used most CPU time in this tick, busiest first.
    private var busiest: [(path: String, window: Window)] = []
    private static let shown = 5

    init(isJournal: Bool = false) { self.isJournal = isJournal }

    mutating func window(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {
        guard !isJournal else { return }
        if cgroup.isRoot {
            add(window.end_ns, "node  \(Self.figures(window))\(Self.peaks(detail))")
        } else if cgroup.isLeaf {
            rank(cgroup.path, window)
        }
    }

    private mutating func rank(_ path: String, _ window: Window) {
        let least = busiest.count < Self.shown ? 0 : busiest[Self.shown - 1].window.cpu_ns
        guard window.cpu_ns > least else { return }
        let at = busiest.firstIndex { $0.window.cpu_ns < window.cpu_ns } ?? busiest.count
        if busiest.count == Self.shown { busiest.removeLast() }
        busiest.insert((path, window), at: at)
    }

    static var readsForecasts: Bool { false }
    mutating func forecast(_ forecast: IssuedForecast) {}

    mutating func plan(_ decision: PlanDecision, _ pool: PoolReport) {
        guard !isJournal else { return }
        add(
            UInt64(max(0, decision.timeNanoseconds)),
            "plan  \(pool.isNode ? "" : pool.name + " ")\(decision.resource.name): \(decision.reasons.joined(separator: "; "))")
    }

    mutating func request(
        _ request: CapacityRequest, _ outcome: CapacityOutcome, provider: String
    ) {
        let amount = Quantity.text(request.amount, of: request.resource)
        let summary = OutcomeSummary(outcome)
        let why = summary.reason.map { " (\($0))" } ?? ""
        add(
            UInt64(max(0, request.requestedAtNanoseconds)),
            "request \(request.id)  \(provider == "host" ? "" : request.pool + " ")\(request.resource.name) \(amount) from \(provider): "
                + "\(summary.name)\(why): \(request.reasons.joined(separator: "; "))",
            summary.name == "denied" ? .warning : .notice)
    }

    mutating func event(_ event: EngineEvent) {
        switch event {
        case .cgroupCreated, .cgroupRemoved: guard !isJournal else { return }
        default: break
        }
        switch event {
        case .cgroupCreated(_, let path, let time): add(time, "event cgroup made: \(path)")
        case .cgroupRemoved(_, let path, let time): add(time, "event cgroup gone: \(path)")
        case .alarm(let alarm, let time): add(time, "alarm \(alarm.sentence)", .warning)
        case .probesShed(let names, let time):
            let list = names.isEmpty ? "none" : names.joined(separator: ", ")
            add(time, "event probes taken off to keep within the overhead budget: \(list)", .notice)
        case .clockSetBack(let step, let time):
            add(time, "event the host's clock was set back by \(Quantity.seconds(Int64(clamping: step)))", .warning)
        }
    }

    mutating func loss(_ cause: LossCause, total: UInt64, timeNanoseconds: UInt64) {
        add(timeNanoseconds, "loss  \(cause.name) \(total): \(cause.meaning)", .warning)
    }

    mutating func started(_ sources: [MetricSource], _ facts: HostFacts) {
        for source in sources {
            let used = source.isAvailable ? source.source : "none"
            let line = "source \(source.metric): \(used) (\(source.reason))"
            text += isJournal ? JournalStream.lines(line, .info) : line + "\n"
        }
    }

    mutating func selfReport(_ report: SelfReport) {}

    mutating func flush() -> Bool {
        for (path, window) in busiest {
            add(window.end_ns, "      \(path)  \(Self.figures(window))")
        }
        busiest.removeAll(keepingCapacity: true)
        defer { text = "" }
        return (try? FileOutput.write(Array(text.utf8), to: STDOUT_FILENO, "output")) != nil
    }

    var inputDescriptor: CInt? { nil }
    mutating func input() -> Bool { true }

    /// - Parameter level: for the journal.
    private mutating func add(_ time: UInt64, _ line: String, _ level: Logger.Level = .info) {
        text += isJournal ? JournalStream.lines(line, level) : Compact.timeOfDay(time) + " " + line + "\n"
    }

    private static func peaks(_ detail: WindowDetail?) -> String {
        guard let detail, detail.knowsPeaks else { return "" }
        return "  cpu peak \(Compact.cores(Double(detail.cpu_peak_10ms_cores))) in 10 ms"
            + " \(Compact.cores(Double(detail.cpu_peak_100ms_cores))) in 100 ms"
    }

    static func figures(_ window: Window) -> String {
        "cpu \(Compact.cores(window.value(.cpu)))  wait \(Compact.fixed(window.delayRatio * 1000, 1)) ms/s"
            + "  memory \(Compact.bytes(window.value(.memory)))B"
            + "  net \(Compact.bytes(window.value(.networkReceive)))B/s in"
            + " \(Compact.bytes(window.value(.networkTransmit)))B/s out"
            + "  disk \(Compact.bytes(window.value(.diskRead)))B/s read"
            + " \(Compact.bytes(window.value(.diskWrite)))B/s written"
    }
}
