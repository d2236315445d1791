internal import Agent
internal import Aggregates
internal import Capacity
internal import Logging
internal import Probes
internal import Telemetry

extension Setting {
    /// Every key there is, in the order in which people are shown them.
    package static let all: [Setting] = [
        sampling, probes, forecast, plan, Resource.measured.flatMap(plan(of:)), pools, hints, pods, provider, enforce, alarms, overhead,
        telemetry,
        state, history, recording, output, runtime, security,
    ].flatMap(\.self)

    /// By key.
    package static let named = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

    private static let sampling: [Setting] = [
        Setting("sampling.interval", \.interval, .duration(10_000_000...hour, example: "1s")),
        Setting("sampling.max_cgroups", \.maxCgroups, .count(16...1_000_000)),
        Setting(
            "sampling.ring_size",
            \.agent.profiler.ringBytes,
            ValueKind<Int>.powerOfTwo(65_536...1_073_741_824, example: "1MiB").orWord("auto")
        ),
    ]

    private static let probes: [Setting] = [
        Setting("probes.run_queue_delay", \.agent.profiler.runQueueDelay, .flag),
        Setting("probes.network", \.agent.profiler.network, .flag),
        Setting("probes.disk", \.agent.profiler.disk, .flag),
        Setting("probes.bursts", \.agent.profiler.bursts, .flag),
    ]

    private static let forecast: [Setting] = [
        Setting(
            "forecast.horizons",
            \.agent.engine.horizonsNanoseconds,
            ValueKind<Int64>.duration(1_000_000_000...week, example: "5m")
                .list(1...3, of: "lead times from 1s to 7d", example: "[1m, 5m]") {
                    Set($0).count == $0.count ? nil : "a lead time is given twice"
                }
        ),
        Setting(
            "forecast.quantiles",
            \.agent.engine.quantiles,
            ValueKind<Double>.number("a number between 0 and 1, such as 0.95") { $0 > 0 && $0 < 1 }
                .list(
                    1...5,
                    of: "increasing numbers between 0 and 1",
                    example: "[0.5, 0.95]"
                ) { values in
                    let isIncreasing = zip(values, values.dropFirst()).allSatisfy { $0 < $1 }
                    return isIncreasing ? nil : "the quantiles do not increase"
                }
        ),
    ]

    private static let plan: [Setting] = [
        Setting(
            "plan.resources",
            \.plannedResources,
            resources
        ),
        Setting("plan.cost_ratio", \.costRatio, costRatio),
        Setting(
            "plan.short_at_most",
            \.shortAtMost,
            ValueKind<Double>.number("a share of the time from 0.0001 to 0.5, such as 0.01") {
                (0.0001...0.5).contains($0)
            }.orWord("none")
        ),
        Setting("plan.lead", \.lead, lead),
        Setting(
            "plan.down_hysteresis",
            \.downHysteresis,
            .number("a share from 0 to less than 1, such as 0.1") { $0 >= 0 && $0 < 1 }
        ),
        Setting(
            "plan.shapes",
            \.shapes,
            ValueKind<ShapeSettings>.record(
                "a shape such as {name: small, cpu: 2, memory: 4GiB, price: 0.1}", ShapeSettings(),
                [
                    RecordField(needed: "name", \.name, .poolName),
                    RecordField(needed: "cpu", \.cores, amount(.cpu, orZero: false)),
                    RecordField(needed: "memory", \.memoryBytes, amount(.memory, orZero: false)),
                    RecordField(
                        needed: "price", \.price,
                        price),
                ]
            ).list(
                0...8, of: "shapes",
                example: "[{name: small, cpu: 2, memory: 4GiB, price: 0.1}]"
            ) { shapes in
                let twice = shapes.first { shape in shapes.count { $0.name == shape.name } > 1 }
                return twice.map { "two shapes are named \($0.name)" }
            }
        ),
        Setting("plan.down_hold", \.downHold, .duration(0...week, example: "10m")),
    ]

    private static func plan(of resource: Resource) -> [Setting] {
        let index = Int(resource.rawValue)
        let key = "plan.\(resource.name)"
        return [
            Setting("\(key).chunk", \.plans[index].chunk, amount(resource, orZero: false)),
            Setting("\(key).min", \.plans[index].minimum, amount(resource, orZero: true)),
            Setting(
                "\(key).max",
                \.plans[index].maximum,
                amount(resource, orZero: false).orWord("none")
            ),
            Setting(
                "\(key).allocatable",
                \.plans[index].allocatable,
                amount(resource, orZero: false).orWord("all")
            ),
            Setting(
                "\(key).raise_per_minute",
                \.plans[index].raisePerMinute,
                amount(resource, orZero: false).orWord("none")
            ),
            Setting(
                "\(key).lower_per_minute",
                \.plans[index].lowerPerMinute,
                amount(resource, orZero: false).orWord("none")
            ),
            Setting("\(key).hold_price", \.plans[index].prices.hold, price.orWord("none")),
            Setting("\(key).short_price", \.plans[index].prices.short, price.orWord("none")),
            Setting("\(key).cost_ratio", \.plans[index].costRatio, costRatio.orWord("inherit")),
            Setting("\(key).lead", \.plans[index].lead, lead.orWord("inherit")),
        ]
    }

    private static let pools: [Setting] = [
        Setting(
            "pools",
            \.pools,
            ValueKind<PoolSettings>.record(
                "a pool such as {name: web, cgroups: [/system.slice/web-*.service]}", PoolSettings(),
                poolFields
            ).list(
                0...PoolDefinition.limit,
                of: "pools",
                example: "[{name: web, cgroups: [/system.slice/web-*.service]}]"
            ) { pools in
                let twice = pools.first { pool in pools.count { $0.name == pool.name } > 1 }
                return twice.map { "two pools are named \($0.name)" }
            }
        )
    ]

    private static let poolFields: [RecordField<PoolSettings>] =
        [
            RecordField(needed: "name", \.name, .poolName),
            RecordField(
                needed: "cgroups",
                \.cgroups,
                ValueKind<CgroupPattern>.cgroupPattern.list(
                    1...64, of: "paths of cgroups, with * for any text in a name",
                    example: "[/system.slice/web-*.service]"
                ) { Set($0).count == $0.count ? nil : "a path is named twice" }
            ),
            RecordField("resources", \.resources, resources),
            RecordField("cost_ratio", \.costRatio, costRatio),
            RecordField("lead", \.lead, lead),
            RecordField("priority", \.priority, .count(-1000...1000), standard: 0),
            RecordField(
                "weight", \.weight,
                .number("a positive number of at most 1e6, such as 2") { $0 > 0 && $0 <= 1e6 },
                standard: 1),
        ]
        + Resource.measured.map { resource in
            RecordField(
                resource.name, \.plans[Int(resource.rawValue)],
                .record(
                    "keys such as {chunk: 1, min: 2}; amounts as in plan.\(resource.name)",
                    PoolPlanSettings(),
                    [
                        RecordField("chunk", \.chunk, amount(resource, orZero: false)),
                        RecordField("min", \.minimum, amount(resource, orZero: true)),
                        RecordField("max", \.maximum, amount(resource, orZero: false)),
                        RecordField(
                            "raise_per_minute", \.raisePerMinute, amount(resource, orZero: false)),
                        RecordField(
                            "lower_per_minute", \.lowerPerMinute, amount(resource, orZero: false)),
                        RecordField("hold_price", \.prices.hold, price),
                        RecordField("short_price", \.prices.short, price),
                        RecordField("cost_ratio", \.costRatio, costRatio),
                        RecordField("lead", \.lead, lead),
                    ]), standard: PoolPlanSettings())
        }

    private static let hints: [Setting] = [
        Setting(
            "hints.schedule",
            \.schedule,
            ValueKind<ScheduleSettings>.record(
                "demand such as {at: 02:00, for: 40m, cpu: 6}", ScheduleSettings(),
                [
                    RecordField(needed: "at", \.at, .timeOfDay),
                    RecordField(needed: "for", \.duration, span),
                    RecordField("days", \.days, days, standard: []),
                    RecordField("pool", \.pool, .poolName),
                    RecordField("requests", \.requests, requestRate),
                ]
                    + Resource.measured.map { resource in
                        RecordField(
                            resource.name, \.amounts[Int(resource.rawValue)],
                            amount(resource, orZero: false))
                    }
            ) { hint in
                hint.amounts.allSatisfy { $0 == nil } && hint.requests == nil
                    ? "no amount of a resource, such as cpu: 6, is given" : nil
            }.list(
                0...64, of: "expected demands, local time",
                example: "[{at: 02:00, for: 40m, cpu: 6}]"
            ) { _ in nil }
        ),
        Setting(
            "hints.rates",
            \.rates,
            ValueKind<RateSettings>.record(
                "a file such as {file: /run/web.rate, pool: web}", RateSettings(),
                [
                    RecordField(needed: "file", \.path, .path),
                    RecordField("pool", \.pool, .poolName),
                    RecordField(
                        "stale_after", \.staleAfter, span, standard: RateSettings().staleAfter),
                ]
            ).list(
                0...(PoolDefinition.limit + 1), of: "files that tell request rates",
                example: "[{file: /run/web.rate, pool: web}]"
            ) { rates in
                let twice = rates.first { rate in rates.count { $0.pool == rate.pool } > 1 }
                return twice.map { "two files are of \($0.pool.map { "pool \($0)" } ?? "the node")" }
            }
        ),
        Setting(
            "hints.maintenance",
            \.maintenance,
            ValueKind<MaintenanceSettings>.record(
                "a span such as {at: 03:00, for: 1h, days: [sun]}", MaintenanceSettings(),
                [
                    RecordField(needed: "at", \.at, .timeOfDay),
                    RecordField(needed: "for", \.duration, span),
                    RecordField("days", \.days, days, standard: []),
                ]
            ).list(
                0...32, of: "spans, local time",
                example: "[{at: 03:00, for: 1h, days: [sun]}]"
            ) { _ in nil }
        ),
    ]

    private static let requestRate = ValueKind<Double>.number(
        "requests a second above 0 and at most 1e12, such as 900"
    ) {
        $0 > 0 && $0 <= 1e12
    }
    private static let span = ValueKind<Int64>.duration(1_000_000_000...day, example: "40m")
    private static let days = ValueKind<Weekday>.choice(Weekday.allCases) { $0.rawValue }
        .list(
            1...7, of: "of \(Weekday.allCases.map(\.rawValue).joined(separator: ", "))",
            example: "[mon, fri]"
        ) { Set($0).count == $0.count ? nil : "a day is named twice" }

    private static let enforce: [Setting] = [
        Setting("enforce.enabled", \.isEnforcing, .flag),
        Setting(
            "enforce.cgroups",
            \.enforcement.cgroups,
            ValueKind<String>.cgroup.list(
                0...EnforcementRules.cgroupLimit,
                of: "paths of cgroups",
                example: "[/system.slice/web.service]"
            ) { Set($0).count == $0.count ? nil : "a cgroup is named twice" }
        ),
        Setting(
            "enforce.preferred",
            \.preferredCgroups,
            ValueKind<String>.cgroup.list(
                0...EnforcementRules.cgroupLimit,
                of: "paths among enforce.cgroups",
                example: "[/system.slice/web.service]"
            ) { Set($0).count == $0.count ? nil : "a cgroup is named twice" }
        ),
        Setting(
            "enforce.files",
            \.enforcedFiles,
            ValueKind<ControlFile>.choice(ControlFile.allCases) { $0.rawValue }
                .list(
                    1...ControlFile.allCases.count,
                    of: "of \(ControlFile.allCases.map(\.rawValue).joined(separator: ", "))",
                    example: "[cpu.max, memory.high]"
                ) { Set($0).count == $0.count ? nil : "a file is named twice" }
        ),
        Setting("enforce.cost_ratio", \.enforcementCostRatio, costRatio),
        Setting(
            "enforce.margin",
            \.enforcement.margin,
            .number("a share from 0 to 10, such as 0.1") { (0...10).contains($0) }
        ),
        Setting(
            "enforce.warmup",
            \.enforcementWarmup,
            .duration(0...week, example: "1h")
        ),
    ]

    private static let alarms: [Setting] = [
        Setting(
            "alarms.stall",
            \.stall,
            ValueKind<Int64>.duration(1_000_000...60_000_000_000, example: "200ms").orWord("none")
        )
    ]

    private static let overhead: [Setting] = [
        Setting(
            "overhead.budget_percent",
            \.budgetPercent,
            .number("percent of one CPU from 0 (no limit) to 10000, such as 1") {
                (0...10_000).contains($0)
            }
        )
    ]

    private static let telemetry: [Setting] = [
        Setting("telemetry.socket", \.telemetry.hasSocket, .flag),
        Setting("telemetry.listen", \.telemetry.listen, ValueKind.loopback.orWord("none")),
        Setting("telemetry.token_file", \.telemetry.tokenFile, ValueKind<String>.path.orWord("none")),
        Setting("telemetry.max_cgroups", \.telemetry.maxCgroups, .count(0...2000)),
    ]

    private static let provider: [Setting] = [
        Setting(
            "provider.command",
            \.provider.command,
            ValueKind<String>.word.list(
                0...64,
                of: "words: a program's path from / and its arguments",
                example: "[/usr/local/bin/my-cloud, --zone, b]"
            ) { words in
                guard let program = words.first else { return nil }
                return program.hasPrefix("/")
                    ? nil : "the program is \(Printable.quoted(program)); expected a path from /"
            }
        ),
        Setting("provider.user", \.provider.user, .word),
        Setting(
            "provider.timeout",
            \.provider.timeoutNanoseconds,
            .duration(1_000_000_000...hour, example: "30s")
        ),
    ]

    private static let pods: [Setting] = [
        Setting("pods.file", \.agent.podFile, ValueKind<String>.path.orWord("none"))
    ]

    private static let state: [Setting] = [
        Setting("state.directory", \.stateDirectory, ValueKind<String>.path.orWord("none")),
        Setting(
            "state.interval",
            \.agent.checkpointInterval,
            .duration(1_000_000_000...day, example: "5m")
        ),
    ]

    private static let history: [Setting] = [
        Setting("history.keep", \.historyKeep, ValueKind<Int64>.duration(hour...365 * day, example: "7d").orWord("none")),
        Setting("history.size", \.historyBytes, .size(16 * 1_048_576, orMore: true, example: "512MiB")),
    ]

    private static let recording: [Setting] = [
        Setting("recording.path", \.agent.recordingPath, ValueKind<String>.path.orWord("none"))
    ]

    private static let output: [Setting] = [
        Setting("output.format", \.output, .choice(OutputFormat.allCases) { $0.rawValue }),
        Setting("output.greeting", \.greets, .flag),
        Setting("output.log_level", \.logLevel, .choice(Logger.Level.allCases) { $0.rawValue }),
    ]

    private static let runtime: [Setting] = [
        Setting("runtime.directory", \.runtimeDirectory, .path),
        Setting(
            "runtime.duration",
            \.agent.durationNanoseconds,
            ValueKind<Int64>.duration(10_000_000...365 * day, example: "8h").orWord("none")
        ),
    ]

    private static let security: [Setting] = [
        Setting("security.confine", \.agent.security.isConfined, .flag),
        Setting("security.user", \.agent.security.user, ValueKind<String>.word.orWord("none")),
        Setting("security.seccomp", \.agent.security.filtersCalls, .flag),
        Setting("security.landlock", \.agent.security.restrictsFiles, .flag),
    ]

    private static let hour: Int64 = 3_600_000_000_000
    private static let day = 24 * hour
    private static let week = 7 * day
    private static let resources = ValueKind<Resource>.choice(Resource.measured) { $0.name }
        .list(
            0...Resource.measured.count,
            of: "of \(Resource.measured.map(\.name).joined(separator: ", "))",
            example: "[cpu, memory]"
        ) { Set($0).count == $0.count ? nil : "a resource is named twice" }
    private static let costRatio = ValueKind<Double>.number(
        "a positive ratio of at most 1e9, such as 19"
    ) {
        $0 > 0 && $0 <= 1e9
    }
    private static let price = ValueKind<Double>.number(
        "a price from 1e-9 to 1e9, such as 0.1"
    ) {
        (1e-9...1e9).contains($0)
    }
    private static let lead = ValueKind<Int64>.duration(0...week, example: "5m")

    private static func amount(_ resource: Resource, orZero: Bool) -> ValueKind<Double> {
        guard resource == .cpu else {
            return .size(0, orMore: orZero, example: resource == .memory ? "64MiB" : "1MiB")
        }
        return .number("cores \(orZero ? "from" : "above") 0 and at most 1e6, such as 0.25") {
            (orZero ? $0 >= 0 : $0 > 0) && $0 <= 1e6
        }
    }
}
