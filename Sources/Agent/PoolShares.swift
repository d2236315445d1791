internal import Aggregates
internal import Planner

/// What each pool has a right to where a node has less than all of them want. One thread.
struct PoolShares {
    /// By plan, the total it wanted last, whatever others want.
    private var wanted: [Double]
    /// By plan, the highest demand of the last lead time: given away, it could not be had again in time.
    private var inUse: [RecentPeak]
    /// By resource.
    private var settled: [Resource: SettledShares] = [:]
    /// By plan, of this round.
    private var ceilings: [Double?]

    init(_ configuration: EngineConfiguration) {
        wanted = configuration.plans.map { _ in 0 }
        inUse = configuration.plans.map { RecentPeak(spanNanoseconds: $0.configuration.leadTimeNanoseconds) }
        ceilings = configuration.plans.map { _ in nil }
    }

    /// For other plans.
    /// - Parameters:
    ///   - places: by new plan, where it was among those of `before`; nil: nowhere.
    func carried(to configuration: EngineConfiguration, from before: EngineConfiguration, places: [Int?]) -> PoolShares {
        if configuration.plans == before.plans, configuration.pools == before.pools { return self }
        var new = PoolShares(configuration)
        for (index, place) in places.enumerated() {
            guard let place else { continue }
            new.wanted[index] = wanted[place]
            let span = configuration.plans[index].configuration.leadTimeNanoseconds
            if before.plans[place].configuration.leadTimeNanoseconds == span { new.inUse[index] = inUse[place] }
        }
        return new
    }

    /// A plan's share in this round; nil while there is enough for all.
    subscript(plan: Int) -> Double? { ceilings[plan] }

    /// The highest demand of the last lead time; nil before the first.
    func peak(plan: Int) -> Double? {
        let peak = inUse[plan].value
        return peak.isFinite ? peak : nil
    }

    /// What a plan uses, and would have if there were enough. Once a round.
    mutating func note(plan: Int, wanted amount: Double, demand: Double, at time: Int64) {
        wanted[plan] = amount
        inUse[plan].push(demand, at: time)
    }

    /// Divides what there is by what was noted in the last round.
    /// - Parameters:
    ///   - allocatable: of a plan's resource, what the node has; nil: nobody has said.
    ///   - demand: of a plan whose demand was not noted yet.
    mutating func divide(
        _ configuration: EngineConfiguration, allocatable: (Int) -> Double?, demand: (Int) -> Double?
    ) {
        guard !configuration.pools.isEmpty else { return }
        for resource in Set(configuration.plans.map(\.resource)) {
            let rivals = configuration.plans.indices.filter {
                configuration.plans[$0].resource == resource && configuration.plans[$0].cgroup == nil
            }
            for rival in rivals { ceilings[rival] = nil }
            guard let capacity = rivals.lazy.compactMap(allocatable).first,
                rivals.reduce(0, { $0 + wanted[$1] }) > capacity * (1 + 1e-9)
            else {
                settled[resource]?.forget()
                continue
            }
            let claims = rivals.map { rival in
                let inUse = peak(plan: rival) ?? demand(rival) ?? 0
                guard case .pool(let pool) = configuration.plans[rival].scope else {
                    return CapacityClaim(inUse: inUse, wanted: wanted[rival])
                }
                let definition = configuration.pools[pool]
                return CapacityClaim(
                    priority: definition.priority, weight: definition.weight, inUse: inUse, wanted: wanted[rival])
            }
            let shares = settled[resource, default: SettledShares()].divide(capacity, among: claims)
            for (rival, share) in zip(rivals, shares) { ceilings[rival] = share }
        }
    }
}
