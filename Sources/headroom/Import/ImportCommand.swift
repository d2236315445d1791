internal import Agent
internal import ArgumentParser
internal import Backtest
internal import Glibc
internal import History
internal import Settings

/// `headroom import`: what others measured, as minutes of the history.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take demand that others measured into the history: traces, sar, JSON lines, cgroup logs, Prometheus.",
        discussion: """
            What is imported becomes minutes in files of their own, which export, report, backtest, simulate \
            and top --at read with what the agent recorded. Minutes that the history has already stay as they \
            are; those older than history.keep stay out, and where all are, the exit code is 1. An agent may be running. docs/history.md has the formats.

            EXAMPLES
              sudo headroom import traces/*.csv
              headroom import traces/*.csv --history old --keep 90d    older traces
              sadf -d /var/log/sysstat/sa27 -- -u -r -n DEV -b > sa27.csv
              sudo headroom import --sar sa27.csv
              headroom import --jsonl run.log.gz --history copy/history --keep 90d
              headroom replay --minutes --json | headroom import --jsonl - --history new
              sudo headroom import --cgroups cgroups.log --dry-run
              sudo headroom import --prometheus http://prometheus:9090 --since 7d \\
                  --select 'instance="node7:8080"'
            """
    )

    @Argument(help: ArgumentHelp("CSV traces as export writes them, one cgroup each; may be gzip files.", valueName: "trace.csv"))
    var traces: [String] = []

    @Option(parsing: .upToNextOption, help: ArgumentHelp("What `sadf -d` wrote of this node, or of --as.", valueName: "file"))
    var sar: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Lines of `run --json` or `replay --minutes --json`; - for standard input.", valueName: "file"))
    var jsonl: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Snapshots of cgroup files: `seconds path/file:contents` a line.", valueName: "file"))
    var cgroups: [String] = []

    @OptionGroup(title: "Prometheus") var prometheus: PrometheusSource

    @Option(name: .customLong("as"), help: ArgumentHelp("The cgroup that the one trace, or sar, is about.", valueName: "path"))
    var path: String?

    @Option(help: "CPUs of the host that sar was on, where its file does not say.")
    var cpus: Double?

    @Option(help: ArgumentHelp("Minutes older than that stay out. (default: history.keep)", valueName: "span"))
    var keep: String?

    @Flag(help: "Write nothing; say what would be.")
    var dryRun = false

    @Flag(help: "The summary as one JSON object.")
    var json = false

    @OptionGroup(title: "History, and the time asked of Prometheus") var range: HistoryRange

    func validate() throws {
        guard !sources.isEmpty else {
            throw ValidationError("nothing to import; expected traces, --sar, --jsonl, --cgroups or --prometheus")
        }
        if let path {
            guard HistoryImport.isPath(path) else {
                throw ValidationError("--as: \"\(path)\" is not a cgroup's path such as /system.slice/web.service")
            }
            guard traces.count + (sar.isEmpty ? 0 : 1) == 1 else {
                throw ValidationError("--as: for one trace, or for sar; \(traces.count) traces\(sar.isEmpty ? "" : " and sar") are given")
            }
        }
        if let cpus, !(cpus > 0 && cpus <= 65_536) { throw ValidationError("--cpus: \(cpus) is not within 1...65536") }
        if let keep, HistoryTime.span(keep) == nil {
            throw ValidationError("--keep: \"\(keep)\" is not a span; expected such as 12h, 7d or 52w")
        }
        if (sar + jsonl + cgroups).filter({ $0 == "-" }).count > 1 { throw ValidationError("-: standard input is there once") }
        if prometheus.url == nil, range.since != nil || range.until != nil {
            throw ValidationError("--since and --until: of Prometheus alone; files are taken whole")
        }
        try prometheus.validate()
    }

    /// In a word each.
    private var sources: [String] {
        var words: [String] = []
        if !traces.isEmpty { words.append("traces") }
        if !sar.isEmpty { words.append("sar") }
        if !jsonl.isEmpty { words.append("json lines") }
        if !cgroups.isEmpty { words.append("cgroup logs") }
        if prometheus.url != nil { words.append("prometheus") }
        return words
    }

    func run() throws {
        var options = ImportOptions(
            directory: try range.path(), keepNanoseconds: 7 * 86_400_000_000_000, byteLimit: 512 << 20,
            now: UInt64(time(nil)) * 1_000_000_000, source: sources.joined(separator: ", "), version: Headroom.version)
        if let history = try range.location.history() {
            options.keepNanoseconds = history.keepNanoseconds
            options.byteLimit = history.byteLimit
        }
        if let keep, let span = HistoryTime.span(keep) { options.keepNanoseconds = Int64(span) }
        options.isDryRun = dryRun
        options.hostname = HostName.current
        let feed = ImportFeed(HistoryImport(options))
        do {
            try read(into: feed)
            guard feed.rows > 0 else {
                throw AgentError(.failed, "nothing was imported: there is no sample in \(options.source)\(feed.refusals)")
            }
            var summary = ImportSummary()
            defer { feed.summary = summary }
            try feed.history.finish(&summary)
        } catch let error as HistoryError {
            let done = feed.summary.written > 0 ? "; \(feed.summary.written) minutes are written, do it again for the rest" : ""
            throw AgentError(error.isPermission ? .permission : .failed, "\(error)\(done)")
        } catch let error as TraceError {
            throw AgentError(error.isPermission ? .permission : .failed, "\(error); nothing was imported")
        }
        let result = ImportResult(feed: feed, directory: options.directory, keepNanoseconds: options.keepNanoseconds, isDryRun: dryRun)
        try FileOutput.write(json ? result.json : Array(result.text.utf8), to: STDOUT_FILENO, "standard output")
        if let problem = result.problem(now: options.now) { throw AgentError(.failed, problem) }
    }

    /// A trace's name is a cgroup's: two of one name are of two hosts, or one given twice.
    private func refuseSameNames() throws {
        var paths: [String: String] = [:]
        for trace in traces {
            let name = try TraceReader(path: trace).application
            guard let other = paths.updateValue(trace, forKey: name) else { continue }
            throw ValidationError(
                "\(other) and \(trace) would both be cgroup \(name == "node" ? "/" : "/" + name); rename one, or import each into a history of its own (--history DIR)"
            )
        }
    }

    private func read(into feed: ImportFeed) throws {
        try refuseSameNames()
        for trace in traces { try TraceImport.read(trace, as: path, into: feed) }
        for file in sar {
            var sar = SarImport(cgroup: path ?? "/", cpus: cpus)
            try sar.read(file, into: feed)
        }
        for file in jsonl { try JSONLinesImport.read(file, into: feed) }
        var log = CgroupLogImport()
        for file in cgroups { try log.read(file, into: feed) }
        guard prometheus.url != nil else { return }
        try prometheus.read(try range.nanoseconds(), now: feed.history.options.now) { path in
            try JSONLinesImport.read(path, into: feed)
        }
    }
}
