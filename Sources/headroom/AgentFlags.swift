internal import Agent
internal import Aggregates
internal import ArgumentParser
internal import Logging
internal import Settings

/// The options of every command that runs the agent. Each sets a key of the configuration, over
/// what the file says; what is left out is the file's, or the default.
struct AgentFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Configuration file. (default: /etc/headroom/headroom.yaml, when it exists)",
            valueName: "file"
        )
    )
    var config: String?

    @Option(help: help("Length of a window.", "sampling.interval", "duration"))
    var interval: String?

    @Option(help: help("Stop by itself after this long.", "runtime.duration", "duration"))
    var duration: String?

    @Option(
        help: help("Lead times to forecast for, at most 3.", "forecast.horizons", "duration,...")
    )
    var horizon: String?

    @Option(help: help("Quantiles of the peak, at most 5.", "forecast.quantiles", "q,..."))
    var quantile: String?

    @Option(
        help: help(
            "Resources to plan capacity for: cpu, memory, net_rx, net_tx, disk_read, disk_write.",
            "plan.resources",
            "resource,..."
        )
    )
    var plan: String?

    @Option(
        help: help(
            "What a unit short costs over a unit held; 19 plans to cover demand 95 % of the time.",
            "plan.cost_ratio",
            "ratio"
        )
    )
    var costRatio: String?

    @Option(help: help("Time from a request to usable capacity.", "plan.lead", "duration"))
    var lead: String?

    @Option(help: help("Smallest step of CPU capacity.", "plan.cpu.chunk", "cores"))
    var cpuChunk: String?

    @Option(help: help("Smallest step of memory capacity.", "plan.memory.chunk", "size"))
    var memoryChunk: String?

    @Option(
        help: help(
            "Smallest step of network and disk capacity, a second.",
            "plan.net_rx.chunk",
            "size"
        )
    )
    var rateChunk: String?

    @Option(
        help: help(
            "Cgroups followed one by one; what comes beyond is counted together.",
            "sampling.max_cgroups",
            "count"
        )
    )
    var maxCgroups: String?

    @Option(
        help: help(
            "What Headroom itself may use, in percent of one CPU, before it takes probes off; 0: no limit.",
            "overhead.budget_percent",
            "percent"
        )
    )
    var overheadBudget: String?

    @Option(
        help: help(
            "Tell at once when a task waits so long for a CPU; none: never.",
            "alarms.stall",
            "duration"
        )
    )
    var stallAlarm: String?

    @Option(
        help: help(
            "Answer /metrics and more on this loopback address too, beside the Unix socket; none: nowhere.",
            "telemetry.listen",
            "address:port"
        )
    )
    var listen: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Set the limits of the cgroups that are named, ahead of need. (default: --no-enforce)"
    )
    var enforce: Bool?

    @Option(
        help: ArgumentHelp(
            "The cgroups to limit, by their paths; no other is ever touched.",
            valueName: "paths"
        )
    )
    var enforceCgroups: String?

    @Flag(inversion: .prefixedNo, help: "Measure run-queue delay. (default: --run-queue-delay)")
    var runQueueDelay: Bool?

    @Flag(inversion: .prefixedNo, help: "Count network traffic. (default: --network)")
    var network: Bool?

    @Flag(inversion: .prefixedNo, help: "Count disk traffic. (default: --disk)")
    var disk: Bool?

    @Option(
        help: help(
            "Log level: trace, debug, info, notice, warning, error, critical.",
            "output.log_level",
            "level"
        )
    )
    var logLevel: String?

    /// - Parameter key: whose default to show.
    private static func help(_ text: String, _ key: String, _ valueName: String) -> ArgumentHelp {
        ArgumentHelp("\(text) (default: \(Setting.standardText(key)))", valueName: valueName)
    }

    func validate() throws {
        do throws(ConfigurationError) {
            try EffectiveConfiguration.check(values)
        } catch {
            throw ValidationError(error.problems.joined(separator: "\n"))
        }
    }

    /// With the file and, over everything, what else the command says. Ends the command with
    /// exit code 2 when something is wrong, and tells what.
    func effective(with own: [FlagValue] = []) throws -> EffectiveConfiguration {
        let effective = try ConfigurationComplaint.told { () throws(ConfigurationError) in
            try EffectiveConfiguration(file: config, flags: values + own)
        }
        effective.warnings.forEach(StandardError.warn)
        return effective
    }

    /// As `effective`, for an agent that runs.
    func reread(with own: [FlagValue]) throws(ConfigurationError) -> EffectiveConfiguration {
        let effective = try quiet(with: own)
        effective.warnings.forEach(StandardError.warn)
        return effective
    }

    /// The same, for who need not be told of what works.
    func quiet(with own: [FlagValue]) throws(ConfigurationError) -> EffectiveConfiguration {
        try EffectiveConfiguration(file: config, flags: values + own)
    }

    private var values: [FlagValue] {
        let rates: [Resource] = [.networkReceive, .networkTransmit, .diskRead, .diskWrite]
        let given: [FlagValue?] = [
            value("--interval", interval, "sampling.interval"),
            value("--duration", duration, "runtime.duration"),
            value("--horizon", horizon, "forecast.horizons"),
            value("--quantile", quantile, "forecast.quantiles"),
            value("--plan", plan, "plan.resources"),
            value(
                "--cost-ratio", costRatio, "plan.cost_ratio", resets: ofEach("cost_ratio") + ofEach("short_price") + ["plan.short_at_most"]),
            value("--lead", lead, "plan.lead", resets: ofEach("lead")),
            value("--cpu-chunk", cpuChunk, "plan.cpu.chunk"),
            value("--memory-chunk", memoryChunk, "plan.memory.chunk"),
            rateChunk.map {
                FlagValue("--rate-chunk", $0, sets: rates.map { "plan.\($0.name).chunk" })
            },
            value("--max-cgroups", maxCgroups, "sampling.max_cgroups"),
            value("--overhead-budget", overheadBudget, "overhead.budget_percent"),
            value("--stall-alarm", stallAlarm, "alarms.stall"),
            value("--listen", listen, "telemetry.listen"),
            value("enforce", enforce, "enforce.enabled"),
            value("--enforce-cgroups", enforceCgroups, "enforce.cgroups"),
            value("run-queue-delay", runQueueDelay, "probes.run_queue_delay"),
            value("network", network, "probes.network"),
            value("disk", disk, "probes.disk"),
            value("--log-level", logLevel, "output.log_level"),
        ]
        return given.compactMap(\.self)
    }

    private func value(
        _ name: String,
        _ text: String?,
        _ key: String,
        resets: [String] = []
    ) -> FlagValue? {
        text.map { FlagValue(name, $0, sets: [key], resets: resets) }
    }

    private func value(_ name: String, _ isOn: Bool?, _ key: String) -> FlagValue? {
        isOn.map {
            FlagValue($0 ? "--\(name)" : "--no-\(name)", $0 ? "true" : "false", sets: [key])
        }
    }

    private func ofEach(_ name: String) -> [String] {
        Resource.measured.map { "plan.\($0.name).\(name)" }
    }
}
