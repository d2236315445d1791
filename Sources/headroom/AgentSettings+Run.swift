internal import Agent
internal import Settings
internal import Telemetry

extension AgentSettings {
    /// Runs the agent until it ends, with `output` and, unless it is off, telemetry.
    func runAgent<Output: AgentOutput>(_ output: Output) throws(AgentError) {
        let logger = StandardError.logger(logLevel)
        guard telemetry.isOn else {
            return try AgentLoop.run(options: options, output: output, logger: logger)
        }
        try AgentLoop.run(
            options: options,
            output: TelemetryOutput(output, options: telemetry, version: Headroom.version),
            logger: logger
        )
    }
}
