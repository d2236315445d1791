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
    private var day = SeasonProfile<144>(slotSeconds: 600)
    private var hour = SeasonProfile<60>(slotSeconds: 60)
    private var lastNanoseconds: Int64?
    /// Typical seconds between samples; gaps hardly move it.
    private var step: Float = 0
    /// Power of two that brings the first value above zero to about 1, so that neither bytes
    /// nor micro-cores leave the range in which squares fit a `Float`; 0 before that value.
    private var scale = 0.0

    package init(configuration: ForecastConfiguration) {
        self.configuration = configuration
        horizons = configuration.horizonsNanoseconds.map {
            HorizonForecaster(horizonNanoseconds: $0)
        }
        learners = configuration.horizonsNanoseconds.flatMap { _ in
            configuration.quantiles.map { QuantileLearner(level: $0) }
        }
    }

    /// Feeds back the gap between what was predicted and what came, then learns the sample.
    ///
    /// A value that cannot be used is counted in `rejected` and changes nothing else.
    package mutating func observe(_ observation: Observation) {
        guard accept(observation) else { return }
        let now = observation.timeNanoseconds
        let isFirst = lastNanoseconds == nil
        let elapsed = lastNanoseconds.map { Float(Double(now) - Double($0)) / 1e9 } ?? 0
        lastNanoseconds = now
        learnStep(elapsed)
        let value = scaled(observation.value)
        let coverage = Float(min(1, max(0, observation.coverage)))
        let second = now / 1_000_000_000
        day.observe(second: second, value: value)
        hour.observe(second: second, value: value)
        let count = configuration.quantiles.count
        for index in horizons.indices {
            let lead = max(horizons[index].lead, step)
            let sample = Sample(
                value: value,
                elapsed: elapsed,
                lead: lead,
                day: day.view(second: second, lead: lead, step: step),
                hour: hour.view(second: second, lead: lead, step: step),
                isFirst: isFirst
            )
            horizons[index].observe(
                sample,
                now: now,
                coverage: coverage,
                step: step,
                learners: &learners,
                range: index * count..<(index + 1) * count
            )
        }
    }

    /// Quantile of the maximum over (t, t + horizon], t being the last sample's time; `nil`
    /// before the first one. Never negative; grows with the quantile. O(1): a look-up.
    package func forecast(horizon: Int, quantile: Int) -> Double? {
        let index = self.index(horizon, quantile)
        guard lastNanoseconds != nil else { return nil }
        return scale > 0 ? Double(learners[index].issued) / scale : 0
    }

    /// How this quantile has done so far.
    package func calibration(horizon: Int, quantile: Int) -> Calibration {
        learners[index(horizon, quantile)].calibration(
            labels: horizons[horizon].maturedLabels,
            scale: scale > 0 ? scale : 1
        )
    }

    /// Bytes that one series takes, the two arrays' headers included and the configuration,
    /// which all series share, not.
    package static func stateByteCount(_ configuration: ForecastConfiguration) -> Int {
        let horizonCount = configuration.horizonsNanoseconds.count
        let learnerCount = horizonCount * configuration.quantiles.count
        return MemoryLayout<Self>.stride
            + horizonCount * MemoryLayout<HorizonForecaster>.stride
            + learnerCount * MemoryLayout<QuantileLearner>.stride
            + 2 * 32
    }

    private func index(_ horizon: Int, _ quantile: Int) -> Int {
        let count = configuration.quantiles.count
        precondition(horizons.indices.contains(horizon), "horizon \(horizon) of \(horizons.count)")
        precondition((0..<count).contains(quantile), "quantile \(quantile) of \(count)")
        return horizon * count + quantile
    }

    private mutating func accept(_ observation: Observation) -> Bool {
        guard observation.value.isFinite, observation.coverage.isFinite else {
            rejected.notFinite &+= 1
            return false
        }
        guard observation.value >= 0 else {
            rejected.negative &+= 1
            return false
        }
        if let last = lastNanoseconds, observation.timeNanoseconds <= last {
            rejected.timeNotIncreasing &+= 1
            return false
        }
        return true
    }

    private mutating func learnStep(_ elapsed: Float) {
        guard elapsed > 0 else { return }
        if step == 0 || elapsed < step {
            step = elapsed
        } else {
            step += 0.02 * (min(elapsed, 2 * step) - step)
        }
    }

    /// The value in the series' own unit. More than 1e15 times the first one saturates.
    private mutating func scaled(_ value: Double) -> Float {
        guard value >= .leastNormalMagnitude else { return 0 }
        if scale == 0 {
            let exponent = min(1_000, max(-1_000, value.exponent))
            scale = Double(sign: .plus, exponent: -exponent, significand: 1)
        }
        return Float(min(value * scale, 1e15))
    }
}
