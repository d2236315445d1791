internal import Agent
internal import Aggregates
internal import ArgumentParser
internal import Glibc
internal import Logging
internal import Planner
internal import Probes

/// The options of every command that runs the agent.
struct AgentFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Length of a window.", valueName: "seconds"))
    var interval = 1.0

    @Option(help: ArgumentHelp("Stop by itself after this long.", valueName: "seconds"))
    var duration: Double?

    @Option(
        help: ArgumentHelp("Lead times to forecast for, at most 3.", valueName: "seconds,..."))
    var horizon = "60,300"

    @Option(help: ArgumentHelp("Quantiles of the peak, at most 5.", valueName: "q,..."))
    var quantile = "0.5,0.9,0.95,0.99"

    @Option(
        help: ArgumentHelp(
            "Resources to plan capacity for: cpu, memory, net_rx, net_tx, disk_read, disk_write.",
            valueName: "resource,..."))
    var plan = "cpu,memory"

    @Option(
        help: ArgumentHelp(
            "What a unit short costs over a unit held; 19 plans to cover demand 95 % of the time.",
            valueName: "ratio"))
    var costRatio = 19.0

    @Option(
        help: ArgumentHelp("Seconds from a request to usable capacity.", valueName: "seconds"))
    var lead = 300.0

    @Option(help: ArgumentHelp("Smallest step of CPU capacity.", valueName: "cores"))
    var cpuChunk = 0.25

    @Option(help: ArgumentHelp("Smallest step of memory capacity.", valueName: "size"))
    var memoryChunk: ByteAmount = "64MiB"

    @Option(
        help: ArgumentHelp("Smallest step of network and disk capacity, a second.", valueName: "size"))
    var rateChunk: ByteAmount = "1MiB"

    @Option(
        help: ArgumentHelp(
            "Cgroups followed one by one; what comes beyond is counted together.",
            valueName: "count"))
    var maxCgroups = 4096

    @Option(
        help: ArgumentHelp(
            "What Headroom itself may use, in percent of one CPU, before it takes probes off; 0: no limit.",
            valueName: "percent"))
    var overheadBudget = 1.0

    @Flag(inversion: .prefixedNo, help: "Measure run-queue delay.")
    var runQueueDelay = true

    @Flag(inversion: .prefixedNo, help: "Count network traffic.")
    var network = true

    @Flag(inversion: .prefixedNo, help: "Count disk traffic.")
    var disk = true

    @Option(help: "Log level: trace, debug, info, notice, warning, error, critical.")
    var logLevel = "warning"

    func validate() throws {
        _ = try options()
        _ = try level()
    }

    func level() throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw ValidationError("--log-level: \"\(logLevel)\" is not a level such as info")
        }
        return level
    }

    func makeLogger() throws -> Logger {
        let level = try level()
        var logger = Logger(label: "headroom") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }

    func options() throws -> AgentOptions {
        var options = AgentOptions()
        options.engine.intervalNanoseconds = UInt64(
            try Self.nanoseconds(interval, within: 0.01...3600, "--interval"))
        options.durationNanoseconds = try duration.map {
            try Self.nanoseconds($0, within: 0.01...31_536_000, "--duration")
        }
        options.engine.horizonsNanoseconds = try NumberList.parse(horizon, "--horizon", limit: 3)
            .map { try Self.nanoseconds($0, within: 1...604_800, "--horizon") }
        options.engine.quantiles = try quantiles()
        options.engine.plans = try plans()
        guard (16...1_000_000).contains(maxCgroups) else {
            throw ValidationError("--max-cgroups: \(maxCgroups) is not within 16...1000000")
        }
        guard (0...10_000).contains(overheadBudget) else {
            throw ValidationError(
                "--overhead-budget: \(overheadBudget) is not within 0...10000 percent of one CPU")
        }
        options.budgetCores = overheadBudget == 0 ? nil : overheadBudget / 100
        options.engine.tableSlots = maxCgroups
        options.profiler.maxCgroups = maxCgroups
        options.profiler.runQueueDelay = runQueueDelay
        options.profiler.network = network
        options.profiler.disk = disk
        return options
    }

    private func quantiles() throws -> [Double] {
        let values = try NumberList.parse(quantile, "--quantile", limit: 5)
        for value in values where !(value > 0 && value < 1) {
            throw ValidationError("--quantile: \(value) is not between 0 and 1, such as 0.95")
        }
        guard zip(values, values.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw ValidationError("--quantile: \(quantile) must increase from left to right")
        }
        return values
    }

    private func plans() throws -> [PlannedResource] {
        guard costRatio > 0, costRatio <= 1e9 else {
            throw ValidationError("--cost-ratio: \(costRatio) is not a positive ratio such as 19")
        }
        guard cpuChunk > 0, cpuChunk <= 1e6 else {
            throw ValidationError("--cpu-chunk: \(cpuChunk) is not a positive number of cores")
        }
        let leadTime = try Self.nanoseconds(lead, within: 0...604_800, "--lead")
        var planned: [PlannedResource] = []
        for name in plan.split(separator: ",").map(String.init) {
            guard let resource = Resource(name: name), Resource.measured.contains(resource) else {
                let known = Resource.measured.map(\.name).joined(separator: ", ")
                throw ValidationError("--plan: \"\(name)\" is none of \(known)")
            }
            guard !planned.contains(where: { $0.resource == resource }) else {
                throw ValidationError("--plan: \"\(name)\" is named twice")
            }
            let chunk =
                switch resource {
                case .cpu: cpuChunk
                case .memory: memoryChunk.bytes
                default: rateChunk.bytes
                }
            planned.append(
                PlannedResource(
                    resource: resource,
                    configuration: ResourcePlanConfiguration(
                        costRatio: costRatio, leadTimeNanoseconds: leadTime, chunk: chunk)))
        }
        return planned
    }

    private static func nanoseconds(
        _ seconds: Double, within range: ClosedRange<Double>, _ option: String
    ) throws -> Int64 {
        guard range.contains(seconds) else {
            throw ValidationError(
                "\(option): \(seconds) is not within \(range.lowerBound)...\(range.upperBound) seconds")
        }
        return Int64((seconds * 1e9).rounded())
    }
}
