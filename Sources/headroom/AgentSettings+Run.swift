internal import Agent
internal import History
internal import Logging
internal import Settings
internal import Telemetry

extension AgentSettings {
    /// Runs the agent until it ends, with `output` and, unless they are off, telemetry and history.
    func runAgent<Output: AgentOutput>(_ output: Output) throws(AgentError) {
        let logger = StandardError.logger(logLevel)
        guard telemetry.isOn else { return try run(output, logger) }
        try run(TelemetryOutput(output, options: telemetry, version: Headroom.version), logger)
    }

    private func run<Output: AgentOutput>(_ output: Output, _ logger: Logger) throws(AgentError) {
        guard let history else {
            return try AgentLoop.run(options: options, output: output, logger: logger)
        }
        try AgentLoop.run(
            options: options,
            output: HistoryOutput(
                output, options: history, intervalNanoseconds: options.engine.intervalNanoseconds, logger: logger),
            logger: logger)
    }

    /// Nil when none is kept.
    var history: HistoryOptions? {
        guard let keep = historyKeep, let stateDirectory else { return nil }
        var options = HistoryOptions(
            directory: HistoryOptions.directory(in: stateDirectory), version: Headroom.version)
        options.keepNanoseconds = keep
        options.byteLimit = Int(historyBytes)
        return options
    }
}
