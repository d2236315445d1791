/// Everything one lead time needs for every sample, besides its quantiles: experts, their
/// errors, what the seasons say, and the block of samples since the last kept forecast. 192
/// bytes; the forecasts that wait for their label are in `PendingForecasts`.
///
/// At most `PendingForecasts.limit` forecasts wait at once, one per block of horizon/limit; so
/// the state is bounded at any sampling rate, and at ticks much shorter than a block most
/// samples only add to the open block and issue.
struct HorizonForecaster: BitwiseCopyable, Sendable {
    /// Mean absolute error of every expert's center.
    private var errors = LaneStorage(.zero)
    private var panel = ExpertPanel()
    private var open = OpenBlock()
    private var day = SeasonView()
    private var hour = SeasonView()
    /// The day's usual peak on this weekday; negative while the week sleeps.
    private var weekPeak: Float = -1
    /// The second at which the seasons have to be asked again.
    private var seasonsUntilSecond = Int64.min
    private let horizonNanoseconds: Int64
    /// When the forecasts that have waited longest and shortest were issued.
    private var oldestNanoseconds: Int64 = 0
    private var newestNanoseconds: Int64 = 0
    /// Sum of label weights.
    private var experience: Float = 0
    private(set) var maturedLabels: UInt32 = 0
    /// The highest quantile issued last.
    private var top: Float = 0
    private var floor = EstablishedFloor()
    private var shift = ShiftGuard()
    private var oldest: UInt8 = 0
    private var waiting: UInt8 = 0
    /// A bit for each waiting forecast, by its slot: was the season awake?
    private var dayWasAwake: UInt8 = 0
    private var hourWasAwake: UInt8 = 0
    private var weekWasAwake: UInt8 = 0
    /// Labels that share a sample, `1...limit`, as of the last one.
    private var overlap: UInt8 = 1
    /// What the weights were computed for: `Self.key`, or `Self.stale`.
    private var weighedFor = Self.stale

    private static let stale: UInt8 = 0xFF
    /// Labels until the median and above may lie below the present level.
    private static let beginnerLabels: UInt32 = 3
    /// Independent labels that are still believed after a change of level.
    private static let labelsKept: Float = 10

    /// Lead time in seconds.
    private var lead: Float { Float(Double(horizonNanoseconds) * 1e-9) }

    init(horizonNanoseconds: Int64) {
        self.horizonNanoseconds = horizonNanoseconds
    }

    /// The start-up: until then each sample is as the first, and none before it counts. What a
    /// container does while it starts says little about its level, and a forecast made then
    /// left errors that kept the upper quantiles at twice the demand for minutes.
    @inline(__always)
    private func isStart(_ tick: Tick, lead: Float) -> Bool {
        tick.isFirst || tick.age < 30 && tick.age * 6 < lead
    }

    /// Learns from forecasts whose lead time is over, then issues new ones.
    ///
    /// - Parameters:
    ///   - shorter: the quantiles of a shorter lead time, as issued now, below which none of these may lie; as many.
    ///   - mustIssue: whether those have changed.
    /// - Returns: whether forecasts were issued; otherwise those issued before still stand.
    @inline(__always)
    mutating func observe(
        _ tick: Tick,
        levels: Span<Double>,
        seasons: UnsafeMutablePointer<Seasons>,
        pending: UnsafeMutablePointer<PendingForecasts>,
        shorter: UnsafeMutablePointer<QuantileForecaster>?,
        mustIssue: Bool,
        quantiles: inout MutableSpan<QuantileForecaster>,
        learners: inout MutableSpan<QuantileLearner>
    ) -> Bool {
        let lead = lead
        let effective = max(lead, tick.step)
        var isSame = tick.isRepeat && tick.step <= lead && !shift.isActive && !mustIssue
        if waiting > 0 && tick.now &- oldestNanoseconds >= horizonNanoseconds {
            unsafe mature(tick, levels, &pending.pointee, &quantiles, &learners)
            isSame = false
        }
        open.add(value: tick.value, coverage: tick.coverage)
        if tick.second >= seasonsUntilSecond {
            let said = (day, hour, weekPeak)
            unsafe ask(&seasons.pointee, tick, lead: effective)
            isSame = isSame && said == (day, hour, weekPeak)
        }
        let sample = Sample(
            value: tick.value,
            elapsed: tick.elapsed,
            lead: effective,
            age: tick.age,
            isStart: isStart(tick, lead: lead)
        )
        shift.observe(sample, top: top, level: Float(levels[levels.count - 1]))
        floor.observe(sample)
        let before = panel
        panel.observe(sample)
        if sample.isStart { waiting = 0 }
        let keeps = keepsForecast(now: tick.now)
        // Equal inputs issue equal forecasts: what stands need not be computed again.
        if isSame && !keeps && !shift.isActive && panel == before { return false }
        unsafe issue(sample, keeps: keeps, now: tick.now, levels, pending, shorter, &quantiles, &learners)
        return true
    }

    /// Renews what the seasons say.
    @inline(never)
    private mutating func ask(_ seasons: inout Seasons, _ tick: Tick, lead: Float) {
        var until = Int64.max
        day = seasons.day.view(
            second: tick.second,
            lead: lead,
            step: tick.step,
            validUntil: &until
        )
        hour = seasons.hour.view(
            second: tick.second,
            lead: lead,
            step: tick.step,
            validUntil: &until
        )
        seasonsUntilSecond = until
        // Holds as long as the day's answer: its slots are parts of the week's.
        let ends = (tick.second, tick.second &+ Int64(min(lead, 604_800)))
        weekPeak = -1
        if day.isAwake, let now = seasons.week.factor(second: ends.0),
            let ahead = seasons.week.factor(second: ends.1)
        {
            weekPeak = min(day.peak * max(now, ahead), largestLevel)
        }
    }

    /// Learns from every forecast whose lead time is over.
    @inline(never)
    private mutating func mature(
        _ tick: Tick,
        _ levels: Span<Double>,
        _ pending: inout PendingForecasts,
        _ quantiles: inout MutableSpan<QuantileForecaster>,
        _ learners: inout MutableSpan<QuantileLearner>
    ) {
        // Labels that share samples: as many as wait, or as there are steps in the lead.
        let ratio = min(lead / max(tick.step, .leastNormalMagnitude), 1e9)
        let steps = Float(max(1, Int32(ratio)))
        overlap = UInt8(min(Float(PendingForecasts.limit), steps))
        while waiting > 0 {
            let slot = Int(oldest)
            let age = tick.now &- oldestNanoseconds
            guard age >= horizonNanoseconds else { break }
            var label = open
            for later in 1..<max(1, Int(waiting)) {
                let index = (slot + Int(waiting) - 1 - later) % PendingForecasts.limit
                var block = pending.block(index)
                block.add(label)
                label = block
            }
            // A lead shorter than the step means one step, but not a gap of several.
            let isNext = label.isEmpty && Float(Double(age) / 1e9) <= 1.5 * tick.step
            if age == horizonNanoseconds || isNext {
                label.add(value: tick.value, coverage: tick.coverage)
            }
            if !label.isEmpty {
                learn(label, slot: slot, steps, levels, &pending, &quantiles, &learners)
            }
            oldest = UInt8((slot + 1) % PendingForecasts.limit)
            waiting -= 1
            oldestNanoseconds = pending.issuedNanoseconds(Int(oldest))
        }
        weighedFor = Self.stale
    }

    private mutating func learn(
        _ block: OpenBlock,
        slot: Int,
        _ steps: Float,
        _ levels: Span<Double>,
        _ pending: inout PendingForecasts,
        _ quantiles: inout MutableSpan<QuantileForecaster>,
        _ learners: inout MutableSpan<QuantileLearner>
    ) {
        let label = block.peak
        let centers = pending.centers(slot)
        let weight = min(1, block.coverage / steps)
        // Stops at its end, as what is covered does: a share of no labels is infinite.
        if maturedLabels < .max - 1 { maturedLabels += 1 }
        experience = min(experience + weight, 1e6)
        let old = errors.lanes
        noticeChange(noise: old[ExpertPanel.unitLane])
        let gain = weight * max(0.0002, 1 / max(1, experience))
        let new = old + gain * ((label - centers).magnitudes - old)
        errors.lanes = new
        let view = ExpertView(
            centers: centers,
            spreads: ExpertPanel.spreads(
                errors: new,
                value: pending.value(slot),
                volatility: pending.volatility(slot),
                centers: centers
            ),
            awake: ExpertPanel.awake(
                day: dayWasAwake & 1 << UInt8(slot) != 0,
                hour: hourWasAwake & 1 << UInt8(slot) != 0,
                week: weekWasAwake & 1 << UInt8(slot) != 0
            )
        )
        let rates = LearningRates(
            experience: experience,
            overlap: Float(overlap),
            weight: weight
        )
        let share = 1 / Float(maturedLabels)
        let issuedSecond = pending.issuedNanoseconds(slot) / 1_000_000_000
        for index in quantiles.indices {
            let issued = learners[index].pendingIssued[slot]
            let level = Float(levels[index])
            learners[index].record(
                excess: label - issued,
                issued: issued,
                second: issuedSecond,
                level: level,
                share: share,
                recentShare: max(share, 0.01)
            )
            quantiles[index].learn(
                label: label,
                level: level,
                issued: issued,
                view: view,
                rates: rates,
                learner: &learners[index]
            )
        }
    }

    private mutating func noticeChange(noise: Float) {
        guard experience > 2 * Self.labelsKept * Float(overlap),
            floor.isLeft(byPeak: panel.recentMaximum, noise: noise)
        else { return }
        relearnWidths()
    }

    /// Widths are learned as fast as at the beginning from now on; which experts are good, and
    /// the seasons, are kept.
    mutating func relearnWidths() {
        experience = min(experience, Self.labelsKept * Float(overlap))
    }

    /// Mean error of a forecast that knows the level only.
    var levelError: Float { errors.lanes[ExpertPanel.unitLane] }

    /// Takes over a peer's errors, as a `share` of all peers'; `unit` is what one of its units is
    /// in this series. Nothing may have been observed yet.
    mutating func adopt(_ peer: HorizonForecaster, unit: Float, share: Float) {
        errors.lanes += (share * min(unit, 1e6)) * peer.errors.lanes
        overlap = max(overlap, peer.overlap)
        experience = Self.labelsKept * Float(overlap)
    }

    /// The seasons have changed: what they said does not hold.
    mutating func askSeasonsAgain() { seasonsUntilSecond = .min }

    /// The clock was set back: what waits for its label would wait for as long.
    mutating func dropWaiting() {
        waiting = 0
        askSeasonsAgain()
    }

    /// What waits for its label has seen a demand of at least `demand`.
    mutating func raiseLabels(to demand: Float) {
        if waiting > 0 && demand > 0 { open.add(value: demand, coverage: 0) }
    }

    /// Computes what is issued now, and keeps it for learning when a new block begins.
    @inline(__always)
    private mutating func issue(
        _ sample: Sample,
        keeps: Bool,
        now: Int64,
        _ levels: Span<Double>,
        _ pending: UnsafeMutablePointer<PendingForecasts>,
        _ shorter: UnsafeMutablePointer<QuantileForecaster>?,
        _ quantiles: inout MutableSpan<QuantileForecaster>,
        _ learners: inout MutableSpan<QuantileLearner>
    ) {
        let key: UInt8 =
            (day.isAwake ? 1 : 0) | (hour.isAwake ? 2 : 0) | (weekIsAwake ? 4 : 0)
        if key != weighedFor { weigh(key, &quantiles, learners.span) }
        let apart = panel.centers(sample, day: day, hour: hour, weekPeak: weekPeak) - sample.value
        let errors = knownErrors
        let spreads = spreads(errors: errors, value: sample.value)
        let unit = errors[ExpertPanel.unitLane]
        let held = held
        let present = present(sample.value)
        let isBounded = max(held, present) > 0
        var floor: Float = 0
        for index in quantiles.indices {
            if isBounded {
                if levels[index] >= 0.5 { floor = max(floor, present) }
                if levels[index] >= 0.75 { floor = max(floor, held) }
            }
            let forecast = quantiles[index].forecast(
                value: sample.value,
                apart: apart,
                spreads: spreads,
                unit: unit
            )
            floor = max(floor, forecast)
            if let shorter = unsafe shorter { floor = unsafe max(floor, shorter[index].issued) }
            quantiles[index].issued = floor
        }
        top = floor
        guard keeps else { return }
        unsafe keep(sample, apart: apart, now: now, &pending.pointee, quantiles.span, &learners)
    }

    /// Below which no upper quantile may lie: capacity is planned for these; the median follows on its own.
    @inline(__always)
    private var held: Float { shift.isActive ? panel.recentMaximum : 0 }

    /// Below which neither the median nor a quantile above it may lie.
    @inline(__always)
    private func present(_ value: Float) -> Float { maturedLabels < Self.beginnerLabels ? value : 0 }

    /// Computes the weights anew: a label came, or a season woke or fell asleep.
    @inline(never)
    private mutating func weigh(
        _ key: UInt8,
        _ quantiles: inout MutableSpan<QuantileForecaster>,
        _ learners: Span<QuantileLearner>
    ) {
        weighedFor = key
        let awake = awake
        let factors = BernsteinMixture.factors(awake: awake, overlap: Float(overlap))
        for index in quantiles.indices {
            quantiles[index].weigh(by: learners[index], awake: awake, factors: factors)
        }
    }

    private var weekIsAwake: Bool { weekPeak >= 0 }

    /// Who is awake now.
    @inline(__always)
    private var awake: Lanes {
        ExpertPanel.awake(day: day.isAwake, hour: hour.isAwake, week: weekIsAwake)
    }

    /// Before the first label the experts' errors are taken to be the noise seen so far.
    @inline(__always)
    private var knownErrors: Lanes {
        maturedLabels > 0 ? errors.lanes : errors.lanes.atLeast(panel.recentVolatility)
    }

    /// Units of the residuals of a forecast that is made now.
    @inline(__always)
    private func spreads(errors: Lanes, value: Float) -> Lanes {
        ExpertPanel.spreads(
            errors: errors,
            value: value,
            volatility: panel.recentVolatility,
            seasonReach: max(0, day.peak - value),
            recentReach: panel.recentReach
        )
    }

    /// True when a forecast made now is kept for learning: a new block begins.
    @inline(__always)
    private func keepsForecast(now: Int64) -> Bool {
        guard waiting < PendingForecasts.limit else { return false }
        return waiting == 0
            || now &- newestNanoseconds >= horizonNanoseconds / Int64(PendingForecasts.limit)
    }

    /// Keeps what was issued now and begins its block.
    @inline(never)
    private mutating func keep(
        _ sample: Sample,
        apart: Lanes,
        now: Int64,
        _ pending: inout PendingForecasts,
        _ quantiles: Span<QuantileForecaster>,
        _ learners: inout MutableSpan<QuantileLearner>
    ) {
        let slot = (Int(oldest) + Int(waiting)) % PendingForecasts.limit
        if waiting > 0 {
            let newest = (slot + PendingForecasts.limit - 1) % PendingForecasts.limit
            pending.close(slot: newest, open)
        } else {
            oldestNanoseconds = now
        }
        open = OpenBlock()
        let awake = awake
        pending.keep(
            slot: slot,
            now: now,
            value: sample.value,
            // A sleeping expert says 0.
            apart: (apart + sample.value) * awake - sample.value,
            volatility: panel.recentVolatility
        )
        let bit: UInt8 = 1 << UInt8(slot)
        dayWasAwake = day.isAwake ? dayWasAwake | bit : dayWasAwake & ~bit
        weekWasAwake = weekIsAwake ? weekWasAwake | bit : weekWasAwake & ~bit
        hourWasAwake = hour.isAwake ? hourWasAwake | bit : hourWasAwake & ~bit
        for index in quantiles.indices {
            learners[index].pendingIssued[slot] = quantiles[index].issued
        }
        newestNanoseconds = now
        waiting += 1
    }

    /// What this lead time knows, for people; `tick` is the last one.
    func explained(_ tick: Tick) -> ExplainedHorizon {
        let sample = Sample(
            value: tick.value,
            elapsed: 0,
            lead: max(lead, tick.step),
            age: tick.age,
            isStart: false
        )
        let errors = knownErrors
        let strength = { (lane: Int) -> Float in
            let without = errors[ExpertPanel.unitLane]
            return without > 0 ? max(0, 1 - errors[lane] / without) : 0
        }
        return ExplainedHorizon(
            value: tick.value,
            experts: ExpertView(
                centers: panel.centers(sample, day: day, hour: hour, weekPeak: weekPeak),
                spreads: spreads(errors: errors, value: tick.value),
                awake: awake
            ),
            unit: errors[ExpertPanel.unitLane],
            rates: LearningRates(
                experience: experience,
                overlap: Float(overlap),
                weight: 1
            ),
            labels: maturedLabels,
            overlap: overlap,
            isShifted: shift.isActive,
            present: present(tick.value),
            held: held,
            seasons: [
                ExplainedHorizon.Season(
                    view: day,
                    periodSeconds: 86_400,
                    strength: strength(ExpertPanel.dayPeakLane)
                ),
                ExplainedHorizon.Season(
                    view: hour,
                    periodSeconds: 3_600,
                    strength: strength(ExpertPanel.hourPeakLane)
                ),
            ]
        )
    }

    /// False for a state that no samples lead to, or that is of another lead time.
    func isSound(leadNanoseconds: Int64) -> Bool {
        let limit = UInt8(PendingForecasts.limit)
        return horizonNanoseconds == leadNanoseconds
            && holdsFloats(errors) && holdsFloats(panel) && open.isSound
            && day.isSound && hour.isSound && weekPeak.magnitude <= largestLevel
            && holdsFloats(floor) && shift.isSound
            && experience >= 0 && experience <= 1e6 && maturedLabels < .max && top.magnitude <= largestIssued
            && oldest < limit && waiting <= limit && (1...limit).contains(overlap)
    }
}
