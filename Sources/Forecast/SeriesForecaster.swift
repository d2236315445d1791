/// Forecasts quantiles of the peak of one series within each lead time, learning from every
/// sample.
///
/// Pure: time comes in with the samples, and equal samples give equal bits. O(1) per sample,
/// nothing is allocated after `init`. A value type: the owner serialises access.
package struct SeriesForecaster: Sendable {
    package let configuration: ForecastConfiguration
    package private(set) var rejected = RejectedObservations()

    private var horizons: [HorizonForecaster]
    /// Horizon-major: `horizon * quantiles + quantile`.
    private var learners: [QuantileLearner]
    /// What is issued now, same order as `learners`.
    private var issued: [Float]
    /// What was issued with each pending forecast: `(horizon * pendingLimit + slot) * quantiles`.
    private var pendingIssued: [Float]
    private var profile = DailyProfile()
    private var lastNanoseconds: Int64?
    /// Typical seconds between samples; gaps hardly move it.
    private var step: Float = 0

    package init(configuration: ForecastConfiguration) {
        self.configuration = configuration
        let count = configuration.horizonsNanoseconds.count * configuration.quantiles.count
        horizons = configuration.horizonsNanoseconds.map {
            HorizonForecaster(horizonNanoseconds: $0)
        }
        learners = configuration.horizonsNanoseconds.flatMap { _ in
            configuration.quantiles.map { QuantileLearner(level: $0) }
        }
        issued = [Float](repeating: 0, count: count)
        pendingIssued = [Float](repeating: 0, count: count * HorizonForecaster.pendingLimit)
    }

    /// Feeds back the gap between what was predicted and what came, then learns the sample.
    ///
    /// A value that cannot be used is counted in `rejected` and changes nothing else.
    package mutating func observe(_ observation: Observation) {
        guard accept(observation) else { return }
        let now = observation.timeNanoseconds
        let value = Float(observation.value)
        let coverage = Float(min(1, max(0, observation.coverage)))
        let elapsed = lastNanoseconds.map { Float(Double(now &- $0) / 1e9) } ?? 0
        if lastNanoseconds != nil {
            step =
                step == 0 || elapsed < step
                ? elapsed : step + 0.02 * (min(elapsed, 2 * step) - step)
        }
        let second = now / 1_000_000_000
        profile.observe(second: second, value: value)
        for index in horizons.indices {
            mature(horizon: index, now: now, value: value, coverage: coverage)
            let lead = max(Float(Double(horizons[index].horizonNanoseconds) / 1e9), step)
            let sample = Sample(
                value: value,
                elapsed: elapsed,
                lead: lead,
                season: profile.view(second: second, lead: lead),
                isFirst: lastNanoseconds == nil
            )
            horizons[index].observe(sample)
            issue(horizon: index, sample: sample, now: now)
        }
        lastNanoseconds = now
    }

    /// Quantile of the maximum over (t, t + horizon], t being the last sample's time; `nil`
    /// before the first one. Never negative; grows with the quantile. O(1): a look-up.
    package func forecast(horizon: Int, quantile: Int) -> Double? {
        let index = self.index(horizon, quantile)
        return lastNanoseconds == nil ? nil : Double(issued[index])
    }

    /// How this quantile has done so far.
    package func calibration(horizon: Int, quantile: Int) -> Calibration {
        learners[index(horizon, quantile)]
            .calibration(labels: horizons[horizon].maturedLabels)
    }

    private func index(_ horizon: Int, _ quantile: Int) -> Int {
        let count = configuration.quantiles.count
        precondition(horizons.indices.contains(horizon), "horizon \(horizon) of \(horizons.count)")
        precondition((0..<count).contains(quantile), "quantile \(quantile) of \(count)")
        return horizon * count + quantile
    }

    private mutating func accept(_ observation: Observation) -> Bool {
        if observation.value < 0 {
            rejected.negative &+= 1
            return false
        }
        guard observation.coverage.isFinite,
            observation.value <= Double(Float.greatestFiniteMagnitude)
        else {
            rejected.notFinite &+= 1
            return false
        }
        if let last = lastNanoseconds, observation.timeNanoseconds <= last {
            rejected.timeNotIncreasing &+= 1
            return false
        }
        return true
    }

    /// Adds the sample to every waiting forecast and learns from those whose lead time is over.
    private mutating func mature(horizon index: Int, now: Int64, value: Float, coverage: Float) {
        let horizon = horizons[index].horizonNanoseconds
        for offset in 0..<horizons[index].pendingCount {
            let slot = (horizons[index].oldest + offset) % HorizonForecaster.pendingLimit
            let age = now &- horizons[index].pending[slot].issuedNanoseconds
            // A lead shorter than the step means one step, but not a gap of several.
            let isNext =
                horizons[index].pending[slot].sampleCount == 0
                && Float(Double(age) / 1e9) <= 1.5 * step
            if age <= horizon || isNext {
                horizons[index].pending[slot].peak = max(horizons[index].pending[slot].peak, value)
                horizons[index].pending[slot].coverage += coverage
                horizons[index].pending[slot].sampleCount += 1
            }
        }
        while horizons[index].pendingCount > 0 {
            let slot = horizons[index].oldest
            guard now &- horizons[index].pending[slot].issuedNanoseconds >= horizon else { break }
            learn(horizon: index, slot: slot)
            horizons[index].oldest = (slot + 1) % HorizonForecaster.pendingLimit
            horizons[index].pendingCount -= 1
        }
    }

    private mutating func learn(horizon index: Int, slot: Int) {
        let entry = horizons[index].pending[slot]
        guard entry.sampleCount > 0 else { return }
        let lead = Float(Double(horizons[index].horizonNanoseconds) / 1e9)
        let expected = max(1, (lead / max(step, .leastNormalMagnitude)).rounded(.down))
        let weight = min(1, entry.coverage / expected)
        let overlap = min(Float(HorizonForecaster.pendingLimit), expected)
        horizons[index].learn(label: entry.peak, centers: entry.centers, weight: weight)
        let experience = horizons[index].experience
        let rate = max(0.03 / overlap.squareRoot(), 0.5 / (1 + 0.2 * experience))
        let outerRate = max(0.03 / overlap, 0.5 / (5 + 0.2 * experience) / overlap)
        let errors = horizons[index].errors
        var spreads = entry.spreads
        spreads.replace(with: errors, where: spreads .<= 0)
        let count = configuration.quantiles.count
        for quantile in 0..<count {
            learners[index * count + quantile].learn(
                label: entry.peak,
                issued: pendingIssued[
                    (index * HorizonForecaster.pendingLimit + slot) * count + quantile
                ],
                centers: entry.centers,
                spreads: spreads,
                awake: entry.awake,
                unit: errors[4],
                rate: rate,
                outerRate: outerRate,
                weight: weight
            )
        }
    }

    /// Computes what is issued now, and keeps it for learning when a new block begins.
    private mutating func issue(horizon index: Int, sample: Sample, now: Int64) {
        let view = horizons[index].view(sample)
        let unit = horizons[index].errors[4]
        let count = configuration.quantiles.count
        var floor: Float = 0
        for quantile in 0..<count {
            let value = learners[index * count + quantile].forecast(
                centers: view.centers,
                spreads: view.spreads,
                awake: view.awake,
                unit: unit
            )
            floor = max(floor, value)
            issued[index * count + quantile] = floor
        }
        let limit = HorizonForecaster.pendingLimit
        let waiting = horizons[index].pendingCount
        guard waiting < limit else { return }
        if waiting > 0 {
            let newest = (horizons[index].oldest + waiting - 1) % limit
            let age = now &- horizons[index].pending[newest].issuedNanoseconds
            guard age >= horizons[index].blockNanoseconds else { return }
        }
        let slot = (horizons[index].oldest + waiting) % limit
        horizons[index].pending[slot] = PendingForecast(
            issuedNanoseconds: now,
            centers: view.centers,
            spreads: view.spreads,
            awake: view.awake
        )
        horizons[index].pendingCount += 1
        for quantile in 0..<count {
            pendingIssued[(index * limit + slot) * count + quantile] =
                issued[index * count + quantile]
        }
    }
}
