internal import Agent
internal import Aggregates
internal import ArgumentParser
internal import Glibc
internal import HeadroomABI
internal import History
internal import NodeView
internal import Probes
internal import Terminal

/// `headroom top`: the running agent's table, live.
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Look at the running agent: usage, forecasts, plans and requests.",
        discussion: """
            Reads the agent's shared memory and does not disturb it. On a terminal the view is \
            live; otherwise, or with --once, it prints once. WAIT is time spent runnable without a \
            CPU, per second; the columns beside CPU and MEM are the forecast peak over the longest \
            lead time.

            KEYS
              q quit; ? all keys and columns; arrows and Enter: all about one cgroup;
              / filter; s sort (c CPU, m memory, n network, d disk, w wait), r reversed;
              t tree; p pause; [ and ] back and forth in time; P plans with reasons

            Without colour: NO_COLOR=1. Plain ASCII where the locale is not UTF-8. With TERM=dumb it \
            prints once.

            EXAMPLES
              sudo headroom top
              sudo headroom top --once --sort memory
              sudo headroom top --json
              sudo headroom top --at 14:30            as it was then; [ and ] move on
            """
    )

    @OptionGroup var location: AgentLocation

    @Option(help: "Sort by \(SortKey.allCases.map(\.rawValue).joined(separator: ", ")).")
    var sort = SortKey.cpu

    @Option(help: ArgumentHelp("Refresh this often.", valueName: "seconds"))
    var interval = 1.0

    @Option(
        help: ArgumentHelp(
            "Stand at a window of the past: a span before now such as 30m or 6h, 14:30, 2026-11-28T14:30, or Unix seconds.",
            valueName: "time"))
    var at: String?

    @Option(
        name: .customLong("history"),
        help: ArgumentHelp("Where the history is, with --at. (default: history/ of the agent's state.directory)", valueName: "dir"))
    var historyDirectory: String?

    @Flag(help: "Print once.")
    var once = false

    @Flag(help: "The last window of every cgroup as one JSON object a line.")
    var json = false

    func validate() throws {
        guard (0.05...3600).contains(interval) else {
            throw ValidationError("--interval: \(interval) is not within 0.05...3600 seconds")
        }
        if historyDirectory != nil && at == nil { throw ValidationError("--history: goes with --at") }
        if at != nil && json { throw ValidationError("--at: with --json it is `headroom replay --since … --json`") }
        _ = try moment()
    }

    /// Of `--at`, Unix nanoseconds.
    private func moment() throws -> UInt64? {
        guard let at else { return nil }
        guard let moment = HistoryTime.parse(at, now: UInt64(time(nil)) * 1_000_000_000) else {
            throw ValidationError("--at: \"\(at)\" is not a time; expected \(HistoryTime.expected)")
        }
        return moment
    }

    /// The agent's table, nil where none runs and the past is asked for, and what shows it.
    private func model(_ view: TopView) throws -> (TableSource?, TopModel) {
        guard let moment = try moment() else {
            let source = try view.source()
            let model = TopModel(source: view.layered(source), sort: sort, pools: view.pools)
            try model.refresh()
            return (source, model)
        }
        var view = view
        if let historyDirectory { view.history = historyDirectory }
        // The history of another host has nothing to do with this one's agent.
        let source = historyDirectory == nil ? try? view.source() : nil
        let shown: any SnapshotSource
        if let source {
            shown = view.layered(source)
        } else if let history = view.history {
            shown = DiskSource(directory: history)
        } else {
            throw AgentError(.failed, "no agent runs, and its configuration keeps no history (history.keep, state.directory)")
        }
        let model = TopModel(source: shown, sort: sort, pools: view.pools)
        try model.show(at: moment)
        return (source, model)
    }

    func run() throws {
        let view = try location.view()
        let features = TerminalFeatures.ofEnvironment
        if json { return try printJSON(view) }
        guard !once, isatty(STDOUT_FILENO) == 1, features.canMove else {
            return try printOnce(view, features)
        }
        let stop = try showLive(view, features)
        // The terminal is as it was: now the signal may do what it does.
        if let stop, stop != SIGINT {
            signal(stop, SIG_DFL)
            raise(stop)
        }
    }

    private func printOnce(_ view: TopView, _ features: TerminalFeatures) throws {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let (_, model) = try model(view)
        let lines = model.text(columns: isTerminal ? TerminalSession.size().columns : 120)
        let text = lines.joined(separator: "\n")
        // A file or a pipe is UTF-8, as the other commands' output is.
        print(isTerminal && !features.isUTF8 ? ASCIIForm.of(text) : text)
    }

    private func printJSON(_ view: TopView) throws {
        var attachment = try TableAttachment(directory: view.directory)
        var sink = JSONSink(descriptor: STDOUT_FILENO)
        let snapshot = try NodeSnapshot.take(&attachment)
        let moment = try view.source().latest()
        var order = RowList.Order()
        order.key = sort
        let places = Dictionary(
            RowList(moment.rows, order).entries.enumerated().map { (moment.rows[$1.place].id.slot, $0) },
            uniquingKeysWith: { first, _ in first })
        let rows = snapshot.rows.sorted { places[$0.index] ?? .max < places[$1.index] ?? .max }
        for row in rows where row.isFresh {
            sink.window(row.subject, row.window, row.slot.detail)
        }
        _ = sink.flush()
    }

    /// - Returns: the signal that ended it, if one did.
    private func showLive(_ view: TopView, _ features: TerminalFeatures) throws -> CInt? {
        let (found, model) = try model(view)
        var source = found
        var session = TerminalSession(features: features, handlesStops: true)
        let length = Int64(interval * 1e9)
        var due = MonotonicClock.now() + length
        while true {
            let size = session.size
            guard session.show(model.frame(columns: size.columns, rows: size.rows)) else { return nil }
            let left = due - MonotonicClock.now()
            if left > 0 {
                switch session.wait(milliseconds: Int((left + 999_999) / 1_000_000)) {
                case .stop: return TerminalSession.stopSignal
                case .keys:
                    guard let keys = session.keys() else { return nil }
                    for key in keys where !model.handle(key) { return nil }
                case .resize, .timeout: break
                }
            }
            if MonotonicClock.now() >= due {
                due = max(due + length, MonotonicClock.now() + length / 2)
                if source != nil { follow(view, model, &source) }
            }
        }
    }

    /// The next moment, of the next agent when this one has ended.
    private func follow(_ view: TopView, _ model: TopModel, _ source: inout TableSource?) {
        do throws(AgentError) {
            if source?.isCurrent(in: view.directory) == false {
                model.banner = "the agent has ended: its last window. q quits; a new agent is shown when it comes"
                let next = try view.source()
                source = next
                model.attach(view.layered(next))
            }
            try model.refresh()
            model.banner = silence(model)
        } catch {
            if model.banner == nil { model.banner = "\(error)" }
        }
    }

    /// What to say when the agent lives and tells nothing.
    private func silence(_ model: TopModel) -> String? {
        guard !model.isPaused, let shown = model.shownNanoseconds else { return nil }
        let now = MonotonicClock.now() + MonotonicClock.unixOffset()
        let late = now - Int64(clamping: shown)
        guard late > max(5_000_000_000, 5 * Int64(clamping: model.intervalNanoseconds)) else { return nil }
        return "the agent has told nothing for \(late / 1_000_000_000) s: is it stopped?"
    }
}
