internal import Agent
internal import ArgumentParser
internal import Glibc

/// `headroom replay`: a recording through the same engine.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Feed a recording through the forecaster and planner again.",
        discussion: """
            Gives the same windows, forecasts, plans and requests as the live run, bit for bit. \
            Needs no root.

            EXAMPLES
              headroom replay night.hrr
              headroom replay night.hrr --json | grep '"type":"request"'
            """
    )

    @Argument(help: ArgumentHelp("A file that run --record or record wrote.", valueName: "file"))
    var file: String

    @Flag(help: "One JSON object a line on standard output.")
    var json = false

    func run() throws {
        let summary =
            json
            ? try replay { _ in JSONSink(descriptor: STDOUT_FILENO) }
            : try replay { _ in LineOutput() }
        if isatty(STDERR_FILENO) == 1 || !json {
            StandardError.write(
                "replayed \(summary.ticks) windows, \(summary.requests) requests from \(summary.frames) frames"
            )
        }
    }

    private func replay<Output: AgentOutput>(
        _ makeSink: (EngineConfiguration) -> Output
    ) throws -> Replay.Summary {
        try Replay.run(path: file, makeSink: makeSink) { output in
            guard output.flush() else { throw ExitCode.success }
        }
    }
}
