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
    /// The horizons that speak for each plan's lead time, and quantile index of its forecast.
    private var brackets: [HorizonBracket]
    private let planQuantiles: [Int]
    /// Of the configured quantiles and each plan's own: their indices, increasing.
    private let planLadders: [[Int]]
    private var series: [SeriesSet?] = []
    /// Paths of `series`, for the checkpoint.
    private var paths: [String] = []
    private var kept = KeptSeries()
    /// One forecast on its way to the sink: kept, so that none is allocated.
    private var issued: [Double]
    /// By plan, the place of its cgroup, and its window and details of this tick.
    private(set) var planned: [PlannedCgroup]
    /// Plans of the node, and by path those of cgroups.
    private let nodePlans: [Int]
    private let cgroupPlans: [String: [Int]]
    /// By plan, the leaves with the largest forecasts, largest first.
    private(set) var contributors: [[PoolContributor]]

    struct PlannedCgroup {
        var index: Int?
        var window: Window?
        var detail: WindowDetail?
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
        planQuantiles = plans.map { all.firstIndex(of: $0.configuration.forecastQuantile)! }
        planLadders = plans.map { plan in
            all.indices.filter { index in
                configuration.quantiles.contains(all[index])
                    || all[index] == plan.configuration.forecastQuantile
            }
        }
        contributors = plans.map { _ in [] }
        planned = plans.map { _ in PlannedCgroup() }
        nodePlans = plans.indices.filter { configuration.plans[$0].cgroup == nil }
        cgroupPlans = Dictionary(grouping: plans.indices.filter { configuration.plans[$0].cgroup != nil }) {
            configuration.plans[$0].cgroup!
        }
        issued = Array(repeating: .nan, count: all.count)
    }

    mutating func beginTick() {
        for plan in planned.indices {
            planned[plan].window = nil
            planned[plan].detail = nil
        }
        for plan in contributors.indices { contributors[plan].removeAll(keepingCapacity: true) }
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
        }
        if series[cgroup.index]?.generation != cgroup.generation {
            series[cgroup.index] =
                kept.take(
                    path: cgroup.path, cgroupID: cgroup.cgroupID, generation: cgroup.generation)
                ?? SeriesSet(generation: cgroup.generation, cgroupID: cgroup.cgroupID)
            paths[cgroup.index] = cgroup.path
        }
        let ownPlans = cgroupPlans.isEmpty ? nil : cgroupPlans[cgroup.path]
        if let detail { series[cgroup.index]?.noteLimits(detail, areOurs: ownPlans != nil) }
        let configuration = configuration
        series[cgroup.index]?.observe(window, configuration: configuration)
        if cgroup.isRoot {
            kept.expire(now: Int64(clamping: window.end_ns))
            note(cgroup, window, detail, for: nodePlans)
        } else if cgroup.isLeaf {
            contribute(cgroup)
        }
        if let ownPlans { note(cgroup, window, detail, for: ownPlans) }
        return issue(cgroup, window, &forecasts)
    }

    private mutating func note(
        _ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?, for plans: [Int]
    ) {
        for plan in plans {
            planned[plan] = PlannedCgroup(index: cgroup.index, window: window, detail: detail)
        }
    }

    mutating func retire(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {
        sink.window(cgroup, window, detail)
        sink.event(
            .cgroupRemoved(
                id: cgroup.cgroupID, path: cgroup.path, timeNanoseconds: window.end_ns))
        if cgroup.index < series.count, let set = series[cgroup.index] {
            kept.keep(set, path: cgroup.path)
            series[cgroup.index] = nil
            for plan in planned.indices where planned[plan].index == cgroup.index {
                planned[plan] = PlannedCgroup()
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
    var checkpoint: Checkpoint {
        var checkpoint = Checkpoint()
        for (index, set) in series.enumerated() {
            set?.add(to: &checkpoint, path: paths[index])
        }
        kept.add(to: &checkpoint)
        return checkpoint
    }

    /// Takes over what `checkpoint` has, for cgroups that will be met.
    /// - Returns: why series were left out, by reason.
    mutating func restore(_ checkpoint: Checkpoint) -> RestoreSummary {
        var summary = RestoreSummary()
        for (index, text) in checkpoint.keys.enumerated() {
            guard let key = SeriesKey(text) else {
                summary.refuse("\"\(text)\" names no series")
                continue
            }
            do throws(CheckpointError) {
                kept.restore(try checkpoint.series(at: index, configuration: configuration), key)
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
        guard let place = planned[index].index else { return nil }
        return value(of: place, plan: index, quantile: planQuantiles[index])
    }

    /// The lead time that plan `index` is made on.
    func planHorizonNanoseconds(plan index: Int) -> Int64 {
        brackets[index].leadNanoseconds
    }

    private func value(of place: Int, plan index: Int, quantile: Int) -> Double? {
        guard let set = series[place] else { return nil }
        return brackets[index].value {
            set.forecast(plans[index].resource, horizon: $0, quantile: quantile)
        }
    }

    /// What is known of the distribution of that peak.
    func poolLadder(plan index: Int) -> ForecastLadder? {
        guard let place = planned[index].index else { return nil }
        var ladder = ForecastLadder()
        for quantile in planLadders[index] {
            guard let value = value(of: place, plan: index, quantile: quantile) else { return nil }
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
        let calibration = planned[index].index.flatMap {
            series[$0]?.calibration(
                plans[index].resource, horizon: brackets[index].nearest, quantile: nearest)
        }
        return (quantiles[nearest], calibration)
    }

    private mutating func contribute(_ cgroup: WindowSubject) {
        for index in nodePlans {
            guard
                let value = value(of: cgroup.index, plan: index, quantile: planQuantiles[index]),
                value > 0
            else { continue }
            let at = contributors[index].firstIndex { $0.quantile < value }
                ?? contributors[index].count
            guard at < 3 else { continue }
            contributors[index].insert(PoolContributor(name: cgroup.path, quantile: value), at: at)
            if contributors[index].count > 3 { contributors[index].removeLast() }
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
