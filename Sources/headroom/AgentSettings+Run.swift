internal import Agent
internal import ArgumentParser
internal import Capacity
internal import History
internal import Logging
internal import Settings
internal import Telemetry

extension AgentSettings {
    /// Runs the agent until it ends, with `output` and, unless they are off, telemetry and history.
    /// - Parameter flags: of the command, over the file when SIGHUP has it read again.
    func runAgent<Output: AgentOutput>(
        _ output: Output, flags: AgentFlags, own: [FlagValue]
    ) throws(AgentError) {
        let logger = StandardError.logger(logLevel)
        let seriesLimit = SeriesLimit(telemetry.maxCgroups)
        var running = self
        // Read again at SIGHUP.
        if let file = flags.config { running.agent.security.readable.append(AtomicFile.directory(of: file)) }
        let security = running.agent.security
        let reread: () -> AgentOptions? = {
            do throws(ConfigurationError) {
                let reloaded = ReloadedSettings(try flags.reread(with: own).settings, over: running)
                running = reloaded.settings
                // All copies of it change with it.
                var shared = logger
                shared.logLevel = running.logLevel
                seriesLimit.value = running.telemetry.maxCgroups
                Self.tell(reloaded, logger)
                running.agent.security = security
                return running.options
            } catch {
                error.problems.forEach(StandardError.complain)
                StandardError.complain("the agent goes on with the configuration that it had")
                return nil
            }
        }
        let first = running
        guard telemetry.isOn else { return try first.run(output, logger, reread) }
        try first.run(TelemetryOutput(output, options: telemetry, limit: seriesLimit, version: Headroom.version), logger, reread)
    }

    private func run<Output: AgentOutput>(
        _ output: Output, _ logger: Logger, _ reread: @escaping () -> AgentOptions?
    ) throws(AgentError) {
        guard let history else {
            return try AgentLoop.run(options: options, output: output, logger: logger, reread: reread)
        }
        try AgentLoop.run(
            options: options,
            output: HistoryOutput(
                output, options: history, intervalNanoseconds: options.engine.intervalNanoseconds, logger: logger),
            logger: logger,
            reread: reread
        )
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

    private static func tell(_ reloaded: ReloadedSettings, _ logger: Logger) {
        let applied = reloaded.applied.isEmpty ? "nothing has changed" : reloaded.applied.joined(separator: ", ")
        StandardError.say("the configuration was read again: \(applied)", .notice)
        if !reloaded.deferred.isEmpty { logger.warning("at the next start: \(reloaded.waiting)") }
    }
}
