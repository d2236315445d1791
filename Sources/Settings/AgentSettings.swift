package import Agent
package import Aggregates
package import Capacity
package import Logging
internal import Planner
internal import Probes
package import Telemetry

/// What the agent runs with, in the terms of its configuration: flags and file set this, and
/// `options` is what comes of it.
package struct AgentSettings: Sendable {
    /// What goes to the agent as it is.
    package var agent = AgentOptions()
    /// What Headroom itself may use, in percent of one CPU; 0: no limit.
    package var budgetPercent = 1.0
    package var plannedResources: [Resource] = [.cpu, .memory]
    /// Cost of a unit short over that of a unit held, where a resource has none of its own.
    package var costRatio = 19.0
    /// The share of the time that demand may be above capacity, which then stands for `costRatio`;
    /// nil: `costRatio` counts.
    package var shortAtMost: Double?
    /// Nanoseconds from a request to usable capacity, where a resource has none of its own.
    package var lead: Int64 = 300_000_000_000
    /// See `ResourcePlanConfiguration`, for all resources.
    package var downHysteresis = 0.0
    package var downHold: Int64 = 0
    /// Empty: each resource comes by itself.
    package var shapes: [ShapeSettings] = []
    /// By `Resource.measured`.
    package var plans: [PlanSettings] = Resource.measured.map(PlanSettings.init(resource:))
    package var pools: [PoolSettings] = []
    package var schedule: [ScheduleSettings] = []
    package var maintenance: [MaintenanceSettings] = []
    package var rates: [RateSettings] = []
    /// Whom capacity is asked of: a program and its arguments; empty: the node's own ledger.
    package var provider = ProviderProgram(command: [])
    /// Whether limits are set; only then are the rules of any use.
    package var isEnforcing = false
    package var enforcement = EnforcementRules()
    /// As `costRatio`, of limits.
    package var enforcementCostRatio = 99.0
    /// Nanoseconds of forecasts that have to be seen before a cgroup is limited.
    package var enforcementWarmup: Int64 = 3_600_000_000_000
    package var telemetry = TelemetryOptions()
    /// Where what was learned is kept; nil: nowhere.
    package var stateDirectory: String? = StateDirectory.standardPath
    /// How long windows and decisions are kept in `stateDirectory`, nanoseconds; nil: they are not.
    package var historyKeep: Int64? = 7 * 86_400_000_000_000
    /// And how much of them at most, bytes.
    package var historyBytes = 512.0 * 1_048_576
    package var output = OutputFormat.auto
    /// Whether `run` greets a person at a terminal.
    package var greets = true
    package var logLevel = Logger.Level.warning
    package var runtimeDirectory = RuntimeDirectory.standardPath {
        didSet { agent.runtimeDirectory = RuntimeDirectory(path: runtimeDirectory) }
    }

    package init() { agent.runtimeDirectory = RuntimeDirectory(path: runtimeDirectory) }

    var interval: Int64 {
        get { Int64(agent.engine.intervalNanoseconds) }
        set { agent.engine.intervalNanoseconds = UInt64(newValue) }
    }

    /// Nanoseconds that a wait for a CPU has to last to be told at once; nil: none is told.
    var stall: Int64? {
        get { agent.profiler.stallNanoseconds.map { Int64(clamping: $0) } }
        set { agent.profiler.stallNanoseconds = newValue.map { UInt64($0) } }
    }

    var maxCgroups: Int {
        get { agent.profiler.maxCgroups }
        set {
            agent.profiler.maxCgroups = newValue
            agent.engine.tableSlots = newValue
        }
    }

    var preferredCgroups: [String] {
        get { enforcement.preferred.sorted() }
        set { enforcement.preferred = Set(newValue) }
    }

    var enforcedFiles: [ControlFile] {
        get { ControlFile.allCases.filter(enforcement.files.contains) }
        set { enforcement.files = Set(newValue) }
    }

    /// For `AgentLoop.run`.
    package var options: AgentOptions {
        var options = agent
        options.security.ports = telemetry.listen.map { [$0.port] } ?? []
        options.stateDirectory = stateDirectory.map(StateDirectory.init(path:))
        if !provider.command.isEmpty { options.provider = provider }
        options.budgetCores = budgetPercent == 0 ? nil : budgetPercent / 100
        options.engine.plans = plannedResources.map { resource in
            PlannedResource(resource: resource, configuration: plan(for: resource))
        }
        options.engine.pools = pools.map {
            PoolDefinition(
                name: $0.name, cgroups: $0.cgroups, priority: $0.priority, weight: $0.weight)
        }
        options.engine.plans += pools.indices.flatMap(plans(ofPool:))
        options.engine.hints = schedule.flatMap { hint in
            guard let scope = scope(named: hint.pool) else { return [PlanHint]() }
            return zip(Resource.measured + [.requests], hint.amounts + [hint.requests])
                .compactMap { resource, amount in
                    amount.map {
                        PlanHint(scope: scope, resource: resource, demand: hint.demand($0))
                    }
                }
        }
        for rate in rates {
            guard let scope = scope(named: rate.pool) else { continue }
            options.engine.rates.append(scope)
            options.rateFiles.append(RateFile(path: rate.path, staleNanoseconds: rate.staleAfter))
        }
        options.engine.shapes = shapes.map(\.shape)
        options.engine.maintenance = maintenance.map(\.window)
        if isEnforcing {
            options.enforcement = enforcement
            options.engine.plans += cgroupPlans
            options.engine.forecastsToPlanCgroup = UInt64(
                max(1, enforcementWarmup / max(1, interval)))
        }
        for (resource, plan) in zip(Resource.measured, plans) {
            options.limits[resource] = plan.allocatable
        }
        return options
    }

    /// Nil when there is no such pool.
    func scope(named pool: String?) -> PlanScope? {
        guard let pool else { return .node }
        return pools.firstIndex { $0.name == pool }.map(PlanScope.pool)
    }

    func plans(ofPool index: Int) -> [PlannedResource] {
        let pool = pools[index]
        return (pool.resources ?? plannedResources).map { resource in
            let own = pool.plans[Int(resource.rawValue)]
            var plan = plan(for: resource)
            let prices = own.prices.orElse(plans[Int(resource.rawValue)].prices)
            plan.costRatio =
                own.costRatio ?? (own.prices == PriceSettings() ? nil : prices.costRatio)
                ?? pool.costRatio ?? plan.costRatio
            plan.holdPrice = prices.holdPrice(of: resource)
            plan.leadTimeNanoseconds = own.lead ?? pool.lead ?? plan.leadTimeNanoseconds
            plan.chunk = own.chunk ?? plan.chunk
            plan.minimum = own.minimum ?? 0
            plan.maximum = own.maximum ?? .infinity
            plan.raisePerMinute = own.raisePerMinute
            plan.lowerPerMinute = own.lowerPerMinute
            return PlannedResource(resource: resource, configuration: plan, scope: .pool(index))
        }
    }

    private var cgroupPlans: [PlannedResource] {
        enforcement.cgroups.flatMap { cgroup in
            enforcement.resources.map { resource in
                var configuration = plan(for: resource)
                configuration.costRatio = enforcementCostRatio
                // The node's least and most are not one cgroup's.
                configuration.minimum = 0
                configuration.maximum = .infinity
                configuration.raisePerMinute = nil
                configuration.lowerPerMinute = nil
                return PlannedResource(
                    resource: resource, configuration: configuration, scope: .cgroup(cgroup))
            }
        }
    }

    /// The cost ratio whose newsvendor fraction is `1 - shortAtMost`; feedback around the executed
    /// plan holds the time short at it.
    private var ratioOfObjective: Double? { shortAtMost.map { (1 - $0) / $0 } }

    func plan(for resource: Resource) -> ResourcePlanConfiguration {
        let plan = plans[Int(resource.rawValue)]
        return ResourcePlanConfiguration(
            costRatio: plan.costRatio ?? plan.prices.costRatio ?? ratioOfObjective ?? costRatio,
            leadTimeNanoseconds: plan.lead ?? lead,
            chunk: plan.chunk,
            minimum: plan.minimum,
            maximum: plan.maximum ?? .infinity,
            downHysteresis: downHysteresis,
            downHoldNanoseconds: downHold,
            raisePerMinute: plan.raisePerMinute,
            lowerPerMinute: plan.lowerPerMinute,
            holdPrice: plan.prices.holdPrice(of: resource)
        )
    }
}
