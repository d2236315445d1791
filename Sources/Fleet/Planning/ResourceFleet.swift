package import Aggregates
package import Capacity
internal import Forecast
internal import Planner

/// All applications and pools in one resource: samples in, decisions out.
///
/// Pure: time comes in with the samples. A value type; the owner serialises access. A round is
/// linear in the answer's rows and in the applications known.
package struct ResourceFleet: Sendable {
    package let source: FleetResource
    package private(set) var counts = FleetCounts()
    /// Of the last samples learned, Unix nanoseconds; `Int64.min` before the first.
    package private(set) var timeNanoseconds = Int64.min
    let poolForecasts: ForecastConfiguration
    let applicationForecasts: ForecastConfiguration
    private let configuration: FleetConfiguration
    private let horizons: [Int64]
    private let quantiles: [Double]
    private let planned: QuantileBracket
    private let applicationQuantile: Int
    private var applications: [ApplicationSeries] = []
    private var places: [String: Int] = [:]
    private(set) var pools: [PoolSeries]
    private var round: UInt64 = 0

    /// What went is kept so long: a deployment that comes back goes on with what it knew.
    private static let keepsGoneNanoseconds: Int64 = 86_400_000_000_000
    private static let contributorLimit = 3

    package init(_ source: FleetResource, _ configuration: FleetConfiguration) {
        self.source = source
        self.configuration = configuration
        let lead = max(source.plan.leadTimeNanoseconds, configuration.intervalSeconds * 1_000_000_000)
        // For a lead that is learned to be another than configured.
        horizons = [lead, lead * 2, lead * 4]
        quantiles = Set(ForecastConfiguration.standardQuantiles + [source.plan.forecastQuantile]).sorted()
        poolForecasts = ForecastConfiguration(horizonsNanoseconds: horizons, quantiles: quantiles)
        let level = source.plan.forecastQuantile
        let own = level > 0.5 ? [0.5, level] : [level]
        applicationForecasts = ForecastConfiguration(horizonsNanoseconds: [lead], quantiles: own)
        applicationQuantile = own.count - 1
        planned = QuantileBracket(level: level, levels: quantiles)
        pools = configuration.pools.map { _ in
            PoolSeries(planner: ResourcePlanner(resource: source.resource, configuration: source.plan))
        }
    }

    package var resource: Resource { source.resource }
    /// That are there.
    package var applicationCount: Int { applications.count { $0.goneSince == nil } }

    // MARK: Samples

    /// Learns one round's samples, all of the same time.
    ///
    /// An application without a sample is gone when the agents answer, and counts zero; else it may
    /// only not have been seen: its last value is taken for the pool's sum, with so much less
    /// coverage, and its own forecaster gets nothing.
    /// `answering` is the share of the agents that answer, `0...1`.
    package mutating func ingest(_ table: SeriesTable, at time: Int64, answering: Double) {
        counts.histograms += UInt64(table.histograms)
        begin(at: time)
        let known = place(table.names)
        for row in table.rows {
            guard let name = row.name else {
                counts.unnamed += 1
                continue
            }
            guard let point = table.points(of: row).last else { continue }
            add(point, to: known[name])
        }
        close(answering: answering)
    }

    /// Learns history: the points of a range query, in the order of time. What has no point at a
    /// time at which others have is taken not to have been there.
    package mutating func ingest(history table: SeriesTable, _ range: TimeRange) {
        counts.histograms += UInt64(table.histograms)
        let known = place(table.names)
        var next = table.rows.map(\.points.lowerBound)
        for step in 0..<range.pointCount {
            let time = Double(range.start + Int64(step) * range.step)
            var hasAny = false
            for (index, row) in table.rows.enumerated() {
                let at = next[index]
                guard at < row.points.upperBound, table.points[at].time < time + 0.5 else { continue }
                next[index] = at + 1
                guard let name = row.name else {
                    counts.unnamed += 1
                    continue
                }
                if !hasAny {
                    begin(at: Int64(time) * 1_000_000_000)
                    hasAny = true
                }
                add(table.points[at], to: known[name])
            }
            if hasAny { close(answering: 1) }
        }
    }

    private mutating func begin(at time: Int64) {
        round += 1
        timeNanoseconds = time
    }

    /// Places of the names of an answer; new ones are made.
    private mutating func place(_ names: [String]) -> [Int] {
        names.map { name in
            if let place = places[name] { return place }
            let pool = configuration.pools.firstIndex { $0.has(name) }
            applications.append(ApplicationSeries(name: name, pool: pool))
            places[name] = applications.count - 1
            return applications.count - 1
        }
    }

    private mutating func add(_ point: SeriesTable.Point, to place: Int) {
        guard point.isUsable else {
            counts.unusable += 1
            return
        }
        let value = point.value
        if applications[place].seen == round {
            applications[place].value += value
        } else {
            applications[place].seen = round
            applications[place].value = value
            applications[place].goneSince = nil
        }
    }

    private mutating func close(answering: Double) {
        let areAnswering = answering >= configuration.healthyShare
        for pool in pools.indices {
            pools[pool].demand = 0
            pools[pool].coverage = 0
            pools[pool].applications = 0
            pools[pool].held = 0
        }
        counts.outsidePools = 0
        counts.beyondLimit = 0
        var forecast = 0
        for place in applications.indices {
            let isSeen = applications[place].seen == round
            if !isSeen, applications[place].goneSince == nil, areAnswering {
                applications[place].goneSince = timeNanoseconds
                applications[place].value = 0
                counts.retired += 1
            }
            guard let pool = applications[place].pool else {
                if isSeen { counts.outsidePools += 1 }
                continue
            }
            if applications[place].forecaster != nil { forecast += 1 }
            if isSeen {
                learn(place, answering, &forecast)
                pools[pool].coverage += applications[place].value
            } else if applications[place].goneSince == nil {
                pools[pool].held += 1
                counts.held += 1
            } else {
                continue
            }
            pools[pool].demand += applications[place].value
            pools[pool].applications += 1
        }
        for pool in pools.indices { learn(pool: pool, answering) }
        dropGone()
    }

    private mutating func learn(_ place: Int, _ answering: Double, _ forecast: inout Int) {
        if applications[place].forecaster == nil {
            guard forecast < configuration.applicationLimit else {
                counts.beyondLimit += 1
                return
            }
            // What was never used needs no forecaster and no memory.
            guard applications[place].value > 0 else { return }
            applications[place].forecaster = SeriesForecaster(configuration: applicationForecasts)
            forecast += 1
        }
        let observation = Observation(
            timeNanoseconds: timeNanoseconds, value: applications[place].value, coverage: answering)
        applications[place].forecaster?.observe(observation)
    }

    /// The pool's sum. Nothing is learned of a pool none of whose applications was seen, unless all
    /// of them went.
    private mutating func learn(pool: Int, _ answering: Double) {
        let demand = pools[pool].demand
        let seen = pools[pool].coverage
        let share = demand > 0 ? seen / demand : pools[pool].held == 0 ? 1 : 0
        pools[pool].coverage = min(1, max(0, share * answering))
        pools[pool].timeNanoseconds = timeNanoseconds
        guard pools[pool].coverage > 0 else { return }
        if pools[pool].forecaster == nil {
            guard demand > 0 else { return }
            pools[pool].forecaster = SeriesForecaster(configuration: poolForecasts)
        }
        let observation = Observation(
            timeNanoseconds: timeNanoseconds, value: demand, coverage: pools[pool].coverage)
        pools[pool].forecaster?.observe(observation)
    }

    private mutating func dropGone() {
        let oldest = timeNanoseconds - Self.keepsGoneNanoseconds
        guard applications.contains(where: { ($0.goneSince ?? .max) < oldest }) else { return }
        applications.removeAll { ($0.goneSince ?? .max) < oldest }
        places = Dictionary(
            uniqueKeysWithValues: applications.indices.map { (applications[$0].name, $0) })
    }

    // MARK: Plans

    /// In use, as of the last samples.
    package func demand(pool: Int) -> Double { pools[pool].demand }

    /// Decides for one pool on what was learned last. - Returns: nil when there is nothing to
    /// decide on, or it was decided already.
    package mutating func plan(pool: Int, _ observed: CapacityObservation) -> FleetPlan? {
        let time = pools[pool].timeNanoseconds
        guard time != .min, time > pools[pool].previousNanoseconds else { return nil }
        if let available = pools[pool].available, pools[pool].previousNanoseconds != .min {
            pools[pool].planner.feedback(
                PlanExecution(
                    timeNanoseconds: time,
                    durationNanoseconds: time - pools[pool].previousNanoseconds,
                    demand: pools[pool].demand, available: available))
        }
        pools[pool].previousNanoseconds = time
        pools[pool].available = observed.ready
        let bracket = HorizonBracket(lead: pools[pool].planner.leadTimeNanoseconds, horizons: horizons)
        let (largest, need) = contributions(pool: pool)
        let forecaster = pools[pool].forecaster
        var ladder = ForecastLadder()
        for (index, level) in quantiles.enumerated() {
            guard let value = bracket.value({ forecaster?.forecast(horizon: $0, quantile: index) })
            else { continue }
            ladder.append(level: level, value: value)
        }
        let forecast = planned.value { quantile in
            bracket.value { forecaster?.forecast(horizon: $0, quantile: quantile) }
        }
        let decision = pools[pool].planner.plan(
            PoolDemand(
                timeNanoseconds: time, demand: pools[pool].demand, quantileForecast: forecast,
                ladder: ladder, horizonNanoseconds: bracket.leadNanoseconds, ready: observed.ready,
                pending: observed.pending, coverage: pools[pool].coverage, topContributors: largest,
                contributorNeed: need))
        let quantile = planned.share > 0.5 ? planned.upper : planned.lower
        let calibration = forecaster?.calibration(horizon: bracket.nearest, quantile: quantile)
        let matured = calibration?.maturedLabels ?? 0
        return FleetPlan(
            pool: configuration.pools[pool].name, decision: decision, allocatable: observed.allocatable,
            applications: pools[pool].applications,
            coverage: matured > 0 ? calibration?.coveredFraction : nil,
            coverageQuantile: quantiles[quantile], maturedForecasts: matured)
    }

    /// The applications with the largest forecasts, and how much all need beyond what they use.
    private func contributions(pool: Int) -> (largest: [PoolContributor], need: Double) {
        var largest: [PoolContributor] = []
        var need = 0.0
        for application in applications
        where application.pool == pool && application.goneSince == nil {
            guard
                let value = application.forecaster?.forecast(
                    horizon: 0, quantile: applicationQuantile),
                value > 0
            else { continue }
            need += max(0, value - application.value)
            guard largest.count < Self.contributorLimit || value > largest[largest.count - 1].quantile
            else { continue }
            let at = largest.firstIndex { $0.quantile < value } ?? largest.count
            largest.insert(
                PoolContributor(name: application.name, quantile: value, inUse: application.value),
                at: at)
            if largest.count > Self.contributorLimit { largest.removeLast() }
        }
        return (largest, need)
    }

    /// What became of a request that a plan of this resource led to.
    package mutating func answered(_ request: CapacityRequest, _ outcome: CapacityOutcome) {
        guard request.change > 0,
            let pool = configuration.pools.firstIndex(where: { $0.name == request.pool })
        else { return }
        switch outcome {
        case .granted, .partial:
            pools[pool].planner.answered(isRefused: false, at: request.requestedAtNanoseconds)
        case .denied:
            pools[pool].planner.answered(isRefused: true, at: request.requestedAtNanoseconds)
        case .pending: break
        }
    }

    /// Another plans: what is asked for and there is not known here any more.
    package mutating func forgetCapacity() {
        for pool in pools.indices { pools[pool].available = nil }
    }

    // MARK: Checkpoint

    /// Forecasters by name: of applications as they are, of pools by their place.
    /// - Parameter hasApplications: without them only plans' explanations are lost.
    func add(to checkpoint: inout Checkpoint, hasApplications: Bool = true) {
        for application in applications where hasApplications {
            guard let forecaster = application.forecaster else { continue }
            checkpoint.add(forecaster, key: FleetKey.application(resource, application.name).text)
        }
        for (index, pool) in pools.enumerated() {
            let name = configuration.pools[index].name
            if let forecaster = pool.forecaster {
                checkpoint.add(forecaster, key: FleetKey.pool(resource, name).text)
            }
            checkpoint.add(
                LearnedWordsCoding.encoded(pool.planner.learned, source.plan),
                key: FleetKey.plan(resource, name).text)
        }
    }

    mutating func restore(application name: String, _ forecaster: SeriesForecaster) {
        let place = place([name])[0]
        guard applications[place].pool != nil else { return }
        applications[place].forecaster = forecaster
        // Until it is seen, it is not there.
        applications[place].goneSince = timeNanoseconds == .min ? nil : timeNanoseconds
    }

    /// - Returns: whether there is such a pool.
    mutating func restore(pool name: String, _ forecaster: SeriesForecaster) -> Bool {
        guard let pool = configuration.pools.firstIndex(where: { $0.name == name }) else { return false }
        pools[pool].forecaster = forecaster
        return true
    }

    /// - Returns: whether there is such a pool and its planner takes the words.
    mutating func restore(plan name: String, _ bytes: ArraySlice<UInt8>) -> Bool {
        guard let pool = configuration.pools.firstIndex(where: { $0.name == name }),
            let words = LearnedWordsCoding.decoded(bytes, source.plan)
        else { return false }
        return pools[pool].planner.restore(words)
    }

    mutating func restore(timeNanoseconds: Int64) { self.timeNanoseconds = timeNanoseconds }
}
