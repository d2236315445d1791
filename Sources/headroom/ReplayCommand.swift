internal import Agent
internal import Aggregates
internal import ArgumentParser
internal import Glibc
internal import History

/// `headroom replay`: a recording through the same engine, or the history as it was.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Feed a recording through the forecaster and planner again, or show the history again.",
        discussion: """
            With FILE: the same windows, forecasts, plans and requests as the live run, bit for bit. \
            Without: the windows, plans, requests and events that the history has of a time \
            (docs/history.md), as they were; with --minutes its minutes, which go back further. \
            Needs no root but to read the agent's own history.

            EXAMPLES
              headroom replay night.hrr
              headroom replay night.hrr --json | grep '"type":"request"'
              sudo headroom replay --since 10m --json
              sudo headroom replay --since 02:00 --until 03:00 --cgroup /system.slice
              sudo headroom replay --since 7d --minutes --json
            """
    )

    @Argument(help: ArgumentHelp("A file that run --record or record wrote.", valueName: "file"))
    var file: String?

    @OptionGroup(title: "History") var range: HistoryRange

    @Option(help: ArgumentHelp("Of the history: this cgroup and those below it alone.", valueName: "path"))
    var cgroup: String?

    @Flag(help: "Of the history: minutes instead of windows.")
    var minutes = false

    @Flag(help: "One JSON object a line on standard output.")
    var json = false

    func validate() throws {
        if file != nil, range.since != nil || range.until != nil || range.directory != nil || minutes || cgroup != nil {
            throw ValidationError(
                "\(file ?? ""): a recording is replayed whole; --since, --until, --history, --cgroup and --minutes are for the history")
        }
        if let cgroup, !cgroup.hasPrefix("/") {
            throw ValidationError("--cgroup: \"\(cgroup)\" is not a cgroup's path, which begins with /")
        }
    }

    func run() throws {
        guard let file else { return try showHistory() }
        let summary =
            json
            ? try replay(file) { _ in JSONSink(descriptor: STDOUT_FILENO) }
            : try replay(file) { _ in LineOutput() }
        if isatty(STDERR_FILENO) == 1 || !json {
            StandardError.write(
                "replayed \(summary.ticks) windows, \(summary.requests) requests from \(summary.frames) frames"
            )
        }
    }

    private func replay<Output: AgentOutput>(
        _ file: String, _ makeSink: (EngineConfiguration) -> Output
    ) throws -> Replay.Summary {
        try Replay.run(path: file, makeSink: makeSink) { output in
            guard output.flush() else { throw ExitCode.success }
        }
    }

    private func showHistory() throws {
        let reader = try range.reader()
        var lines = HistoryLines(cgroup: cgroup, isJSON: json)
        if minutes {
            try range.scan(reader, .coarse, into: &lines)
        } else {
            try range.scan(reader, .coarse, into: &lines.told)
            try range.scan(reader, .fine, into: &lines)
        }
        lines.finish()
        guard lines.count > 0 else {
            throw AgentError(
                .failed,
                "\(reader.directory): nothing of that time\(minutes ? "" : "; windows go back less far than --minutes"); `headroom history` says what there is"
            )
        }
    }
}
