internal import Aggregates
internal import Forecast
internal import HeadroomABI
internal import Planner

/// Between windows and plans: feeds each cgroup's window to its forecasters, passes results
/// to the sink, and keeps what the pool's plan needs.
struct ForecastStage<Sink: EngineSink>: WindowVisitor {
    var sink: Sink
    let configuration: ForecastConfiguration
    private let plans: [PlannedResource]
    /// The horizons that speak for each plan's lead time, and the quantiles for its fraction.
    private var brackets: [HorizonBracket]
    private let planQuantiles: [QuantileBracket]
    /// Of the configured quantiles and each plan's own: their indices, increasing.
    private let planLadders: [[Int]]
    private var series: [SeriesSet?] = []
    /// Paths of `series`, for the checkpoint.
    private var paths: [String] = []
    private var kept = KeptSeries()
    /// By place, as `series`; nil: it has no peers.
    private var peers: [PeerGroup?] = []
    /// By place: whether its workload was known when its peers were looked for.
    private var areNamed: [Bool] = []
    /// What groups know, as far as it was asked for in this tick.
    private var priors: [PeerGroup: PeerPriors?] = [:]
    /// One forecast on its way to the sink: kept, so that none is allocated.
    private var issued: [Double]
    /// By plan, what it is about in this tick.
    private(set) var planned: [Planned]
    /// Plans of the node, by pool, and by path those of cgroups.
    private let nodePlans: [Int]
    private let poolPlans: [[Int]]
    private let cgroupPlans: [String: [Int]]
    private let pools: [PoolDefinition]
    /// By pool; the last is what is in none. Empty without pools.
    private(set) var sums: [PoolSum]
    /// By place in the table.
    private var memberships: [PoolMembership] = []
    private var rootWindow: Window?
    /// By plan, what is known beforehand.
    private var hints: [PlanHints]
    private var maintenance: DemandSchedule
    /// Whether samples of this tick are not learned.
    private(set) var isMaintenance = false
    /// By plan, the applications.
    private(set) var contributions: [Contributions]

    struct Planned {
        /// Place of the cgroup that it is about; nil for a sum.
        var index: Int?
        var window: Window?
        var detail: WindowDetail?
        /// Of a sum; else it is the window's.
        var demand: Double?
    }

    init(sink: Sink, configuration: EngineConfiguration) {
        self.sink = sink
        self.configuration = ForecastConfiguration(
            horizonsNanoseconds: configuration.horizonsNanoseconds,
            quantiles: configuration.allQuantiles)
        plans = configuration.plans
        let all = configuration.allQuantiles
        brackets = plans.map {
            HorizonBracket(
                lead: $0.configuration.leadTimeNanoseconds,
                horizons: configuration.horizonsNanoseconds)
        }
        planQuantiles = plans.map {
            QuantileBracket(level: $0.configuration.forecastQuantile, levels: all)
        }
        planLadders = plans.map { plan in
            all.indices.filter { index in
                configuration.quantiles.contains(all[index])
                    || all[index] == plan.configuration.forecastQuantile
                    || !all.contains(plan.configuration.forecastQuantile)
            }
        }
        contributions = plans.map { _ in Contributions() }
        planned = plans.map { _ in Planned() }
        let forecasting = self.configuration
        hints = plans.map { PlanHints($0, configuration, forecasting) }
        maintenance = DemandSchedule(entries: configuration.maintenance)
        pools = configuration.pools
        sums = pools.isEmpty ? [] : Array(repeating: PoolSum(), count: pools.count + 1)
        nodePlans = plans.indices.filter { configuration.plans[$0].scope == .node }
        poolPlans = pools.indices.map { pool in
            configuration.plans.indices.filter { configuration.plans[$0].scope == .pool(pool) }
        }
        cgroupPlans = Dictionary(grouping: plans.indices.filter { configuration.plans[$0].cgroup != nil }) {
            configuration.plans[$0].cgroup!
        }
        issued = Array(repeating: .nan, count: all.count)
    }

    /// For other plans and pools: with what is kept of cgroups that went, and what hints of the same series have learned. The
    /// series themselves come by `restore`.
    /// - Parameter places: by new plan, where it is among these; nil: nowhere.
    func carried(to configuration: EngineConfiguration, places: [Int?]) -> ForecastStage {
        var new = ForecastStage(sink: sink, configuration: configuration)
        new.kept = kept.carried(areSamePools: pools == configuration.pools)
        for (plan, place) in places.enumerated() {
            guard let place, new.subjectPath(plan: plan) == subjectPath(plan: place) else { continue }
            new.hints[plan].goOn(from: hints[place])
        }
        return new
    }

    /// Under which name what plan `index` is about is kept.
    func subjectPath(plan index: Int) -> String {
        switch plans[index].scope {
        case .cgroup(let path): path
        case .pool(let pool): sumPaths[pool]
        case .node: sumPaths.last ?? "/"
        }
    }

    /// - Parameters:
    ///   - time: of the walk that the tick is about, Unix nanoseconds.
    ///   - utcOffset: seconds that local time is ahead of UTC.
    ///   - rates: request rates, in the order of the configuration.
    mutating func beginTick(at time: Int64, utcOffset: Int64, rates: [ExpectedRates?]) {
        maintenance.utcOffsetSeconds = utcOffset
        isMaintenance = maintenance.isActive(at: time / 1_000_000_000)
        for plan in hints.indices { hints[plan].beginTick(utcOffset: utcOffset, rates: rates) }
        for plan in planned.indices {
            planned[plan].window = nil
            planned[plan].detail = nil
        }
        priors.removeAll(keepingCapacity: true)
        for plan in contributions.indices { contributions[plan].begin() }
        for sum in sums.indices { sums[sum].begin() }
        rootWindow = nil
    }

    /// After the last window of a tick: what pools add up to is learned, and how hints did.
    mutating func endTick() {
        addUp()
        for plan in hints.indices where hints[plan].exist {
            guard let window = planned[plan].window else { continue }
            if isMaintenance {
                hints[plan].skip()
                continue
            }
            let observation = Observation(
                timeNanoseconds: Int64(clamping: window.end_ns),
                value: planned[plan].demand ?? window.value(plans[plan].resource),
                coverage: window.coverage)
            let subject = subject(plan: plan)
            let resource = plans[plan].resource
            hints[plan].observe(observation) {
                subject?.forecast(resource, horizon: $0, quantile: $1)
            }
        }
    }

    private mutating func addUp() {
        guard !sums.isEmpty, let root = rootWindow else { return }
        let rest = pools.count
        sums[rest].add(root)
        for pool in pools.indices { sums[rest].subtract(sums[pool]) }
        let time = Int64(clamping: root.end_ns)
        for index in sums.indices {
            if !isMaintenance { sums[index].close(at: time, configuration: configuration) }
            var window = root
            window.coverage = min(root.coverage, sums[index].coverage)
            for plan in index == rest ? nodePlans : poolPlans[index] {
                planned[plan].window = window
                planned[plan].demand = sums[index].value(plans[plan].resource)
            }
        }
    }

    mutating func born(cgroupID: UInt64, path: String, timeNanoseconds: UInt64) {
        sink.event(.cgroupCreated(id: cgroupID, path: path, timeNanoseconds: timeNanoseconds))
    }

    mutating func visit(
        _ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?,
        _ forecasts: inout ForecastCells
    ) -> Bool {
        sink.window(cgroup, window, detail)
        while series.count <= cgroup.index {
            series.append(nil)
            paths.append("")
            memberships.append(.none)
            peers.append(nil)
            areNamed.append(false)
        }
        if series[cgroup.index]?.generation != cgroup.generation {
            begin(cgroup)
        } else if !areNamed[cgroup.index], cgroup.workload != nil {
            named(cgroup)
        }
        let ownPlans = cgroupPlans.isEmpty ? nil : cgroupPlans[cgroup.path]
        if let detail { series[cgroup.index]?.noteLimits(detail, areOurs: ownPlans != nil) }
        let configuration = configuration
        if !isMaintenance { series[cgroup.index]?.observe(window, configuration: configuration) }
        if cgroup.isRoot {
            kept.expire(now: Int64(clamping: window.end_ns))
            rootWindow = window
            if sums.isEmpty { note(cgroup, window, detail, for: nodePlans) }
        } else {
            switch memberships[cgroup.index] {
            case .member(let pool):
                sums[pool].add(window)
                contribute(cgroup, window, to: poolPlans[pool])
            case .none where cgroup.isLeaf: contribute(cgroup, window, to: nodePlans)
            case .none, .inside: break
            }
        }
        if let ownPlans { note(cgroup, window, detail, for: ownPlans) }
        return issue(cgroup, window, &forecasts)
    }

    /// A cgroup's first window.
    private mutating func begin(_ cgroup: WindowSubject) {
        series[cgroup.index] = nil
        paths[cgroup.index] = cgroup.path
        memberships[cgroup.index] = PoolMembership(of: cgroup.path, in: pools)
        let group = findPeers(cgroup)
        var set =
            kept.take(path: cgroup.path, cgroupID: cgroup.cgroupID, generation: cgroup.generation)
            ?? SeriesSet(generation: cgroup.generation, cgroupID: cgroup.cgroupID)
        if let group { set.priors = priors(of: group) }
        series[cgroup.index] = set
    }

    /// A pod's name comes a moment after its first windows: what they taught is less than what
    /// peers know.
    private mutating func named(_ cgroup: WindowSubject) {
        guard let group = findPeers(cgroup), series[cgroup.index]?.mayStartAgain == true,
            let priors = priors(of: group)
        else { return }
        series[cgroup.index] = SeriesSet(
            generation: cgroup.generation, cgroupID: cgroup.cgroupID)
        series[cgroup.index]?.priors = priors
    }

    private mutating func findPeers(_ cgroup: WindowSubject) -> PeerGroup? {
        let group = PeerGroup(
            path: cgroup.path, identity: cgroup.identity, workload: cgroup.workload,
            membership: memberships[cgroup.index])
        peers[cgroup.index] = group
        areNamed[cgroup.index] = cgroup.workload != nil
        return group
    }

    /// What replicas that run, or ran before, have learned. O(places), once a group and tick.
    private mutating func priors(of group: PeerGroup) -> PeerPriors? {
        if let known = priors[group] { return known }
        var known: [SeriesSet] = []
        for place in peers.indices where peers[place] == group && known.count < PeerPrior.peerLimit {
            if let set = series[place] { known.append(set) }
        }
        if known.count < PeerPrior.peerLimit {
            known += kept.gone(of: group)
        }
        let made = PeerPriors(known, areReplicas: group.areReplicas)
        priors[group] = .some(made)
        return made
    }

    private mutating func note(
        _ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?, for plans: [Int]
    ) {
        for plan in plans {
            planned[plan] = Planned(index: cgroup.index, window: window, detail: detail)
        }
    }

    mutating func retire(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {
        sink.window(cgroup, window, detail)
        sink.event(
            .cgroupRemoved(
                id: cgroup.cgroupID, path: cgroup.path, timeNanoseconds: window.end_ns))
        if cgroup.index < series.count, let set = series[cgroup.index] {
            kept.keep(set, path: cgroup.path, group: peers[cgroup.index])
            series[cgroup.index] = nil
            for plan in planned.indices where planned[plan].index == cgroup.index {
                planned[plan] = Planned()
            }
        }
    }

    // MARK: What happens besides samples

    /// The kernel killed a task of this cgroup for memory.
    mutating func outOfMemory(cgroupID: UInt64) {
        for index in series.indices where series[index]?.cgroupID == cgroupID {
            series[index]?.noteOutOfMemory()
        }
    }

    /// Everything that was learned.
    /// - Parameter hasKept: with what is kept of cgroups that are not there.
    func checkpoint(hasKept: Bool) -> Checkpoint {
        var checkpoint = Checkpoint()
        for (index, set) in series.enumerated() {
            set?.add(to: &checkpoint, path: paths[index])
        }
        for (path, sum) in zip(sumPaths, sums) { sum.series.add(to: &checkpoint, path: path) }
        if hasKept { kept.add(to: &checkpoint) }
        return checkpoint
    }

    /// Under which names the sums are kept.
    private var sumPaths: [String] {
        guard !pools.isEmpty else { return [] }
        let own = pools.map(\.seriesPath)
        return own + [PoolDefinition.bounded("pool: none of ", own.joined(separator: " "))]
    }

    /// Takes over what `checkpoint` has, for cgroups that will be met.
    /// - Returns: why series were left out, by reason.
    mutating func restore(_ checkpoint: Checkpoint) -> RestoreSummary {
        var summary = RestoreSummary()
        for (index, text) in checkpoint.keys.enumerated() where !LearnedPlan.isKey(text) {
            guard let key = SeriesKey(text) else {
                summary.refuse("\"\(text)\" names no series")
                continue
            }
            let sum = sumPaths.firstIndex(of: key.path)
            guard key.path.hasPrefix("/") || sum != nil else {
                summary.refuse("pools are configured otherwise than when it was written")
                continue
            }
            do throws(CheckpointError) {
                let forecaster = try checkpoint.series(at: index, configuration: configuration)
                if let sum {
                    sums[sum].restore(forecaster, of: key.resource)
                } else {
                    kept.restore(forecaster, key)
                }
                summary.restored += 1
            } catch {
                summary.refuse("\(error)")
            }
        }
        return summary
    }

    /// Plan `index` is made on this lead time from now on.
    mutating func setLead(_ nanoseconds: Int64, plan index: Int) {
        brackets[index] = HorizonBracket(
            lead: nanoseconds, horizons: configuration.horizonsNanoseconds)
    }

    /// The pool's forecast of the peak over plan `index`'s lead time, or nil while it is unknown.
    func poolForecast(plan index: Int) -> Double? {
        subject(plan: index).flatMap { value(of: $0, plan: index) }
    }

    /// The lead time that plan `index` is made on.
    func planHorizonNanoseconds(plan index: Int) -> Int64 {
        brackets[index].leadNanoseconds
    }

    /// The forecasters of what plan `index` is about; nil while it is not known.
    private func subject(plan index: Int) -> SeriesSet? {
        guard sums.isEmpty || plans[index].cgroup != nil else {
            if case .pool(let pool) = plans[index].scope { return sums[pool].series }
            return sums[pools.count].series
        }
        return planned[index].index.flatMap { series[$0] }
    }

    /// At the quantile that plan `index` asks for.
    private func value(of set: borrowing SeriesSet, plan index: Int) -> Double? {
        let bracket = planQuantiles[index]
        guard let low = value(of: set, plan: index, quantile: bracket.lower) else { return nil }
        let high = value(of: set, plan: index, quantile: bracket.upper)
        return bracket.value { $0 == bracket.lower ? low : high }
    }

    /// What hints add to the forecast of plan `index`, as far as they are trusted; 0 when nothing
    /// is known beforehand.
    func scheduled(plan index: Int) -> Double {
        guard hints[index].exist, let subject = subject(plan: index) else { return 0 }
        let resource = plans[index].resource
        return hints[index].raise(brackets[index], planQuantiles[index]) {
            subject.forecast(resource, horizon: $0, quantile: $1)
        }
    }

    /// What is known of the requests of plan `index`'s applications; nil without rates.
    func requests(plan index: Int) -> RequestOutlook? {
        hints[index].outlook(leadNanoseconds: brackets[index].leadNanoseconds)
    }

    private func value(of set: borrowing SeriesSet, plan index: Int, quantile: Int) -> Double? {
        let resource = plans[index].resource
        let bracket = brackets[index]
        guard let low = set.forecast(resource, horizon: bracket.lower, quantile: quantile) else {
            return nil
        }
        let high = set.forecast(resource, horizon: bracket.upper, quantile: quantile)
        return bracket.value { $0 == bracket.lower ? low : high }
    }

    /// What is known of the distribution of that peak; empty until the forecaster is warm.
    func poolLadder(plan index: Int) -> ForecastLadder {
        var ladder = ForecastLadder()
        guard let subject = subject(plan: index) else { return ladder }
        for quantile in planLadders[index] {
            guard let value = value(of: subject, plan: index, quantile: quantile) else {
                return ForecastLadder()
            }
            ladder.append(level: configuration.quantiles[quantile], value: value)
        }
        return ladder
    }

    /// How the configured quantile nearest to the plan's fraction has done for the pool.
    func poolCalibration(plan index: Int) -> (quantile: Double, calibration: Calibration?) {
        let fraction = plans[index].configuration.fraction
        let quantiles = configuration.quantiles
        let nearest = quantiles.indices.min {
            (quantiles[$0] - fraction).magnitude < (quantiles[$1] - fraction).magnitude
        }!
        let calibration = subject(plan: index)?.calibration(
            plans[index].resource, horizon: brackets[index].nearest, quantile: nearest)
        return (quantiles[nearest], calibration)
    }

    private mutating func contribute(
        _ cgroup: WindowSubject, _ window: Window, to plans: [Int]
    ) {
        for index in plans {
            guard
                let value = series[cgroup.index].flatMap({
                    value(of: $0, plan: index)
                })
            else { continue }
            contributions[index].add(
                cgroup.path, inUse: window.value(self.plans[index].resource), quantile: value)
        }
    }

    private mutating func issue(
        _ cgroup: WindowSubject, _ window: Window, _ forecasts: inout ForecastCells
    ) -> Bool {
        forecasts.clear()
        for resource in Resource.measured where series[cgroup.index]?.has(resource) == true {
            for (horizon, lead) in configuration.horizonsNanoseconds.enumerated() {
                for quantile in issued.indices {
                    let value = series[cgroup.index]?.forecast(
                        resource, horizon: horizon, quantile: quantile)
                    forecasts[resource, horizon, quantile] = value ?? .nan
                    issued[quantile] = value ?? .nan
                }
                guard Sink.readsForecasts else { continue }
                sink.forecast(
                    IssuedForecast(
                        timeNanoseconds: window.end_ns, cgroupID: cgroup.cgroupID,
                        path: cgroup.path, resource: resource, horizonNanoseconds: lead,
                        quantiles: configuration.quantiles, values: issued))
            }
        }
        return true
    }
}
