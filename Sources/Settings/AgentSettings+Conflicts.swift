internal import Agent
internal import Aggregates
internal import Capacity
internal import HeadroomABI
internal import Planner

/// Values that are good alone and not together.
struct Conflict {
    /// First the one that the message is about.
    let keys: [String]
    let reason: String
}

extension AgentSettings {
    /// What cannot be run with.
    var conflicts: [Conflict] {
        Resource.measured.compactMap(chunkConflict) + priceConflicts + poolConflicts + shapeConflicts
            + hintConflicts + enforcementConflicts + securityConflicts
    }

    private var securityConflicts: [Conflict] {
        guard !agent.security.isConfined, agent.security.user != nil else { return [] }
        return [
            Conflict(
                keys: ["security.user", "security.confine"],
                reason: "an agent that keeps its rights stays root; expected confine: true")
        ]
    }

    private var priceConflicts: [Conflict] {
        var found: [Conflict] = []
        func check(
            _ own: PriceSettings, _ prices: PriceSettings, costRatio: Double?, _ names: [String],
            of whose: String
        ) {
            if own.short != nil, costRatio != nil {
                found.append(
                    Conflict(
                        keys: [names[0], names[1]],
                        reason: "\(whose)prices and a cost ratio are given; expected one of them"))
            }
            guard own.short != nil || own.hold != nil, prices.short != nil else { return }
            guard let ratio = prices.costRatio else {
                found.append(
                    Conflict(
                        keys: [names[0], names[2]],
                        reason: "\(whose)without a hold_price it says nothing; give both"))
                return
            }
            if ratio > 1e9 {
                found.append(
                    Conflict(
                        keys: [names[0], names[2]],
                        reason: "\(whose)an hour short costs \(ShownValue.number(ratio)) times as much as "
                            + "an hour held; expected at most 1e9 times"))
            }
        }
        for resource in Resource.measured {
            let plan = plans[Int(resource.rawValue)]
            check(
                plan.prices, plan.prices, costRatio: plan.costRatio,
                ["short_price", "cost_ratio", "hold_price"].map { "plan.\(resource.name).\($0)" }, of: "")
            for pool in pools {
                let own = pool.plans[Int(resource.rawValue)]
                check(
                    own.prices, own.prices.orElse(plan.prices), costRatio: own.costRatio,
                    ["pools", "pools", "plan.\(resource.name).hold_price"],
                    of: "\(pool.name), \(resource.name): ")
            }
        }
        return found
    }

    private var poolConflicts: [Conflict] {
        var found: [Conflict] = []
        func add(_ reason: String) { found.append(Conflict(keys: ["pools"], reason: reason)) }
        let named = pools.flatMap { pool in pool.cgroups.map { (pool.name, $0) } }
        for (index, (name, pattern)) in named.enumerated() {
            for (other, nested) in named[..<index] where pattern.mayNest(with: nested) {
                add(
                    "\(pattern) of \(name) and \(nested) of \(other): a cgroup of the one may lie in "
                        + "one of the other, and would count twice")
            }
        }
        let plans = pools.indices.map(plans(ofPool:))
        if plans.joined().count > Int(HR_TABLE_POOL_PLANS) {
            add(
                "\(plans.joined().count) resources of pools are planned; expected at most "
                    + "\(HR_TABLE_POOL_PLANS)")
        }
        for (pool, plans) in zip(pools, plans) {
            for plan in plans where !plan.configuration.holdsWholeChunks {
                add(
                    "\(pool.name): no whole number of chunks of \(plan.resource.name) lies between "
                        + "its min and max")
            }
        }
        return found
    }

    /// Scopes that have CPU and memory need a chunk that fits under their maxima.
    private var shapeConflicts: [Conflict] {
        guard !shapes.isEmpty else { return [] }
        let engine = options.engine
        let memory = engine.plans.filter { $0.resource == .memory && $0.cgroup == nil }
        let pairs = memory.compactMap { memory in
            engine.plans.first { $0.resource == .cpu && $0.scope == memory.scope }.map { ($0, memory) }
        }
        if pairs.isEmpty {
            return [
                Conflict(
                    keys: ["plan.shapes", "plan.resources"],
                    reason: "they hold cpu and memory together, and no pool plans both")
            ]
        }
        return pairs.filter { cpu, memory in
            !engine.shapes.contains {
                $0.fits(
                    cores: cpu.configuration.maximum, memoryBytes: memory.configuration.maximum)
            }
        }.map { cpu, _ in
            Conflict(
                keys: ["plan.shapes", "pools"],
                reason: "none fits under the max of \(engine.name(of: cpu.scope))")
        }
    }

    private var hintConflicts: [Conflict] {
        let plans = options.engine.plans
        var found: [Conflict] = []
        for rate in rates where scope(named: rate.pool) == nil {
            found.append(
                Conflict(
                    keys: ["hints.rates", "pools"], reason: "no pool is named \(rate.pool ?? "")"))
        }
        for hint in schedule {
            guard let scope = scope(named: hint.pool) else {
                found.append(
                    Conflict(
                        keys: ["hints.schedule", "pools"],
                        reason: "no pool is named \(hint.pool ?? "")"))
                continue
            }
            if hint.requests != nil, !rates.contains(where: { $0.pool == hint.pool }) {
                found.append(
                    Conflict(
                        keys: ["hints.schedule", "hints.rates"],
                        reason: "nothing tells how many requests \(hint.pool ?? "the node") has now, "
                            + "to learn what one costs; name a file in hints.rates"))
            }
            for (resource, amount) in zip(Resource.measured, hint.amounts) where amount != nil {
                let isPlanned = plans.contains { $0.scope == scope && $0.resource == resource }
                if isPlanned { continue }
                found.append(
                    Conflict(
                        keys: ["hints.schedule", "plan.resources"],
                        reason: "\(resource.name) of \(hint.pool ?? "the node") is not planned"))
            }
        }
        return found
    }

    private var enforcementConflicts: [Conflict] {
        var found: [Conflict] = []
        let cgroups = enforcement.cgroups
        if isEnforcing, cgroups.isEmpty {
            found.append(
                Conflict(
                    keys: ["enforce.enabled", "enforce.cgroups"],
                    reason: "nothing to enforce: enforce.cgroups names no cgroup"
                )
            )
        }
        for inner in cgroups {
            for outer in cgroups where inner != outer && CgroupPath.lies(inner, in: outer) {
                found.append(
                    Conflict(
                        keys: ["enforce.cgroups"],
                        reason: "\(inner) lies in \(outer): name one of them"
                    )
                )
            }
        }
        for path in preferredCgroups where !cgroups.contains(path) {
            found.append(
                Conflict(
                    keys: ["enforce.preferred", "enforce.cgroups"],
                    reason: "\(path) is not in enforce.cgroups"
                )
            )
        }
        return found
    }

    private func chunkConflict(_ resource: Resource) -> Conflict? {
        let plan = plan(for: resource)
        guard !plan.holdsWholeChunks else { return nil }
        func text(_ value: Double) -> String {
            resource == .cpu ? ShownValue.number(value) : UnitText.size.text(value)
        }
        let keys = ["max", "min", "chunk"].map { "plan.\(resource.name).\($0)" }
        return Conflict(
            keys: keys,
            reason: "no whole number of chunks of \(text(plan.chunk)) lies between min "
                + "\(text(plan.minimum)) and max \(text(plan.maximum))"
        )
    }

    /// What can be run with, but may not be meant.
    var doubts: [Conflict] {
        let longest = agent.engine.horizonsNanoseconds.max() ?? 0
        let leads = plannedResources.map { plan(for: $0).leadTimeNanoseconds }
        guard let lead = leads.max(), lead > longest else { return [] }
        func text(_ value: Int64) -> String { UnitText.duration.text(Double(value)) }
        return [
            Conflict(
                keys: ["forecast.horizons", "plan.lead"] + keys("lead"),
                reason: "none reaches the plan's lead of \(text(lead)): "
                    + "it is planned with the longest, \(text(longest))"
            )
        ]
    }

    private func keys(_ name: String) -> [String] {
        Resource.measured.map { "plan.\($0.name).\(name)" }
    }
}
