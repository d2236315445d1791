internal import Agent
internal import ArgumentParser
internal import Glibc

/// `headroom run`: the agent.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the agent: sample, forecast, plan and request capacity.",
        discussion: """
            On a terminal it shows a live view; otherwise a few lines a window, or with --json one \
            object a line: window, forecast, plan, request, event, loss, self. It only observes: \
            requests go to a ledger of this host's capacity and change nothing. Ctrl-C stops it and \
            leaves nothing behind.

            EXAMPLES
              sudo headroom run
              sudo headroom run --json --duration 60 > run.jsonl
              sudo headroom run --interval 5 --horizon 300,900 --cost-ratio 99
              sudo headroom run --record night.hrr
            """
    )

    @OptionGroup var flags: AgentFlags

    @Flag(help: "One JSON object a line on standard output.")
    var json = false

    @Flag(help: "Lines even on a terminal.")
    var lines = false

    @Option(
        help: ArgumentHelp("Record the agent's inputs to FILE, for replay.", valueName: "file"))
    var record: String?

    func run() throws {
        var options = try flags.options()
        options.recordingPath = record
        let logger = try flags.makeLogger()
        if json {
            try AgentLoop.run(
                options: options, output: JSONSink(descriptor: STDOUT_FILENO), logger: logger)
        } else if !lines, isatty(STDOUT_FILENO) == 1 {
            try AgentLoop.run(
                options: options, output: LiveOutput(directory: options.runtimeDirectory),
                logger: logger)
        } else {
            try AgentLoop.run(options: options, output: LineOutput(), logger: logger)
        }
    }
}
