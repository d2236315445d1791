internal import Agent
internal import ArgumentParser
internal import Capacity
internal import Glibc
internal import Settings
internal import Terminal

/// `headroom run`: the agent.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the agent: sample, forecast, plan and request capacity.",
        discussion: """
            On a terminal it shows a live view; in systemd's journal it tells what changes (requests, \
            alarms, losses); otherwise a few lines a window, or with --json one object a line: window, forecast, plan, request, event, loss, self. By itself it only \
            observes: requests go to a ledger of this host's capacity and change nothing. With \
            --enforce it also sets cpu.max, memory.high and memory.low of the cgroups that are \
            named, ahead of their need, and puts back what it found when it ends; after a kill, at \
            the next start (docs/enforcing.md). Ctrl-C stops it and \
            leaves nothing in the kernel; what it has learned stays in /var/lib/headroom for the \
            next start (state.directory in the configuration; none: nowhere). SIGUSR1 has it written now; \
            SIGHUP, where there is no terminal, has the configuration file read again.

            Metrics, health, plans and events are told over HTTP on headroom.sock in the runtime \
            directory (docs/telemetry.md): curl --unix-socket /run/headroom/headroom.sock \
            http://localhost/metrics

            On a terminal it begins with what it found and what it will do, and ends with what it \
            leaves; --quiet does without.

            Every flag is a key of the configuration file too (docs/configuration.md); a flag goes \
            over the file. Durations are seconds or have a unit: 0.5, 500ms, 5m, 1h.

            EXAMPLES
              sudo headroom run
              sudo headroom run --json --duration 60 > run.jsonl
              sudo headroom run --interval 5s --horizon 5m,15m --cost-ratio 99
              sudo headroom run --config node.yaml --lead 2m
              sudo headroom run --listen 127.0.0.1:9417
              sudo headroom run --enforce --enforce-cgroups /system.slice/web.service
              sudo headroom run --record night.hrr
            """
    )

    @OptionGroup var flags: AgentFlags

    @Flag(help: "One JSON object a line on standard output.")
    var json = false

    @Flag(help: "Lines even on a terminal.")
    var lines = false

    @Flag(help: "No greeting on a terminal.")
    var quiet = false

    @Option(
        help: ArgumentHelp("Record the agent's inputs to FILE, for replay.", valueName: "file")
    )
    var record: String?

    func validate() throws {
        if json, lines { throw ValidationError("--json and --lines: only one can be had") }
    }

    func run() throws {
        let settings = try flags.effective(with: own).settings
        switch settings.output {
        case .json:
            try settings.runAgent(JSONSink(descriptor: STDOUT_FILENO), flags: flags, own: own)
        case .auto where isatty(STDOUT_FILENO) == 1 && TerminalFeatures.ofEnvironment.canMove:
            try runGreeted(settings, waits: true) { LiveOutput(TopView(settings.options)) }
        case .auto where JournalStream.isStandardOutput:
            try settings.runAgent(LineOutput(isJournal: true), flags: flags, own: own)
        case .auto, .lines:
            try runGreeted(settings, waits: false) { LineOutput() }
        }
    }

    /// For people: with a greeting, where somebody is there to read it.
    /// - Parameter waits: whether the output takes the screen, on which the greeting is.
    private func runGreeted<Output: AgentOutput>(
        _ settings: AgentSettings, waits: Bool, _ make: @escaping () -> Output
    ) throws {
        guard settings.greets, isatty(STDERR_FILENO) == 1 else {
            return try settings.runAgent(make(), flags: flags, own: own)
        }
        let greeting = Greeting(
            settings: settings, style: .of(STDERR_FILENO),
            columns: TerminalSession.size(of: STDERR_FILENO).columns)
        try settings.runAgent(GreetedOutput(greeting, waits: waits, make: make), flags: flags, own: own)
    }

    /// As the configuration says now.
    func settings() throws -> AgentSettings { try flags.quiet(with: own).settings }

    private var own: [FlagValue] {
        var values: [FlagValue] = []
        if json { values.append(FlagValue("--json", "json", sets: ["output.format"])) }
        if lines { values.append(FlagValue("--lines", "lines", sets: ["output.format"])) }
        if quiet { values.append(FlagValue("--quiet", "false", sets: ["output.greeting"])) }
        if let record { values.append(FlagValue("--record", record, sets: ["recording.path"])) }
        return values
    }
}
