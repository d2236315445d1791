/// Everything one lead time needs besides its quantiles: experts, their errors, and the
/// forecasts that wait for their label.
///
/// At most `pendingLimit` forecasts wait at once, one per block of horizon/pendingLimit, each
/// with the peak since it was made; so the state is bounded at any sampling rate.
struct HorizonForecaster: Sendable {
    static let pendingLimit = 6

    /// Mean absolute error of every expert's center.
    private(set) var errors: Lanes = .zero
    private var panel = ExpertPanel()
    private var shift = ShiftGuard()
    private var pending = InlineArray<6, PendingForecast>(repeating: PendingForecast())
    private let horizonNanoseconds: Int64
    /// Lead time in seconds.
    let lead: Float
    /// Sum of label weights.
    private var experience: Float = 0
    private(set) var maturedLabels: UInt32 = 0
    private var oldest: UInt8 = 0
    private var waiting: UInt8 = 0

    init(horizonNanoseconds: Int64) {
        self.horizonNanoseconds = horizonNanoseconds
        lead = Float(Double(horizonNanoseconds) / 1e9)
    }

    /// Learns from forecasts whose lead time is over, then issues new ones.
    ///
    /// - Parameters:
    ///   - learners: this horizon's, in increasing order of level, from `first` on.
    ///   - step: typical seconds between samples.
    mutating func observe(
        _ sample: Sample,
        now: Int64,
        coverage: Float,
        step: Float,
        learners: inout [QuantileLearner],
        range: Range<Int>
    ) {
        // Labels that share samples: as many as wait, or as there are steps in the lead.
        let steps = max(1, (lead / max(step, .leastNormalMagnitude)).rounded(.down))
        let overlap = min(Float(Self.pendingLimit), steps)
        mature(sample, now: now, coverage: coverage, step: step)
        while let slot = nextMatured(now: now) {
            if pending[slot].hasLabel {
                learn(slot: slot, steps: steps, overlap: overlap, &learners, range)
            }
            oldest = UInt8((slot + 1) % Self.pendingLimit)
            waiting -= 1
        }
        let top = range.upperBound - 1
        shift.observe(sample, top: learners[top].issued, level: learners[top].level)
        panel.observe(sample)
        issue(sample, now: now, overlap: overlap, &learners, range)
    }

    /// Adds the sample to every waiting forecast it belongs to.
    private mutating func mature(_ sample: Sample, now: Int64, coverage: Float, step: Float) {
        for offset in 0..<Int(waiting) {
            let slot = (Int(oldest) + offset) % Self.pendingLimit
            let age = now &- pending[slot].issuedNanoseconds
            // A lead shorter than the step means one step, but not a gap of several.
            let isNext = !pending[slot].hasLabel && Float(Double(age) / 1e9) <= 1.5 * step
            if age <= horizonNanoseconds || isNext {
                pending[slot].add(value: sample.value, coverage: coverage)
            }
        }
    }

    private func nextMatured(now: Int64) -> Int? {
        guard waiting > 0 else { return nil }
        let slot = Int(oldest)
        return now &- pending[slot].issuedNanoseconds >= horizonNanoseconds ? slot : nil
    }

    private mutating func learn(
        slot: Int,
        steps: Float,
        overlap: Float,
        _ learners: inout [QuantileLearner],
        _ range: Range<Int>
    ) {
        let label = pending[slot].peak
        let centers = pending[slot].centers
        let weight = min(1, pending[slot].coverage / steps)
        maturedLabels &+= 1
        experience = min(experience + weight, 1e6)
        let gap = label - centers
        let gain = weight * max(0.01, 1 / max(1, experience))
        errors += gain * (gap.magnitudes - errors)
        let view = ExpertView(
            centers: centers,
            spreads: ExpertPanel.spreads(
                errors: errors,
                value: pending[slot].value,
                volatility: pending[slot].volatility
            ),
            awake: pending[slot].awake
        )
        let rates = LearningRates(experience: experience, overlap: overlap, weight: weight)
        for index in range {
            let issued = learners[index].pendingIssued[slot]
            learners[index].learn(label: label, issued: issued, view: view, rates: rates)
        }
    }

    /// Computes what is issued now, and keeps it for learning when a new block begins.
    private mutating func issue(
        _ sample: Sample,
        now: Int64,
        overlap: Float,
        _ learners: inout [QuantileLearner],
        _ range: Range<Int>
    ) {
        let view = ExpertView(
            centers: panel.centers(sample),
            spreads: ExpertPanel.spreads(
                errors: errors,
                value: sample.value,
                volatility: panel.recentVolatility
            ),
            awake: ExpertPanel.awake(day: sample.day.isAwake, hour: sample.hour.isAwake)
        )
        let slot = freeSlot(now: now)
        let unit = errors[ExpertPanel.unitLane]
        var floor: Float = 0
        for index in range {
            // Capacity is planned for the upper quantiles; the median follows on its own.
            if shift.isActive && learners[index].level >= 0.75 {
                floor = max(floor, panel.peak(sample))
            }
            floor = max(floor, learners[index].forecast(view, unit: unit, overlap: overlap))
            learners[index].issued = floor
            if let slot { learners[index].pendingIssued[slot] = floor }
        }
        guard let slot else { return }
        pending[slot] = PendingForecast(
            issuedNanoseconds: now,
            centers: view.centers,
            sample: sample,
            volatility: panel.recentVolatility
        )
        waiting += 1
    }

    /// The slot for a forecast made now, or `nil` while the current block lasts.
    private func freeSlot(now: Int64) -> Int? {
        guard waiting < Self.pendingLimit else { return nil }
        if waiting > 0 {
            let newest = (Int(oldest) + Int(waiting) - 1) % Self.pendingLimit
            let age = now &- pending[newest].issuedNanoseconds
            guard age >= horizonNanoseconds / Int64(Self.pendingLimit) else { return nil }
        }
        return (Int(oldest) + Int(waiting)) % Self.pendingLimit
    }
}
