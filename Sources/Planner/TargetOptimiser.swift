internal import Glibc

/// Picks what to hold by what holding it would have cost.
///
/// The newsvendor's quantile of the forecast is the cheapest target when the forecast is right
/// about its tail. For some series, and at high cost ratios, what demand itself did is cheaper:
/// its running quantiles, its last hour's and day's peak. Each candidate is followed as if it were
/// the plan: what it said a lead ago is what would be there now; idle capacity costs 1 and missing
/// capacity the cost ratio. Its weight is a power of the lowest cost over its own, so the mean
/// moves to what was cheap in the last days and away from what was dear, as fast as costs add up
/// and no faster. The power falls with the root of the ratio: the dearer a shortage, the more of a
/// cost is chance. Figures: docs/decisions/041-targets-by-realised-cost.md.
///
/// Value type, fixed memory, no allocation; O(candidates) a call.
struct TargetOptimiser: Sendable {
    /// Seconds in which a cost loses half of its say.
    static let halfLifeSeconds = 172_800.0
    /// The power at a ratio of 1.
    static let power = 50.0
    /// Quantiles of the demand's own history, and what a sample moves them by, in spreads.
    static var historyLevels: SIMD3<Double> { SIMD3(0.95, 0.98, 0.995) }
    static let historyGain = 0.01
    /// Weights are computed anew no sooner than this.
    static let refreshNanoseconds: Int64 = 30_000_000_000
    /// Seconds judged after which the mean counts for half, and the forecast for the other half.
    static let trustSeconds = 3_600.0
    /// A gap in the samples is charged as no more than this.
    static let longestGapSeconds = 3_600.0

    /// One lane a candidate: the forecast's quantiles, as many as the ladder has, and from
    /// `ForecastLadder.capacity` on the others. Lanes of no candidate weigh nothing.
    private typealias Values = SIMD16<Double>
    private static let slots = 16

    private let ratio: Double
    /// How long ago what is held now was asked for; may change between rounds.
    var leadNanoseconds: Int64

    private var spread = 0.0
    private var samples = 0.0
    private var history = SIMD3<Double>(repeating: 0)
    private var judgedSeconds = 0.0
    private var weighedNanoseconds = Int64.min
    private var lastNanoseconds: Int64?
    private var ladderCount: UInt8 = 0
    private var costs = Values(repeating: 0)
    private var weights = SIMD16<Float>(repeating: 0)
    private var hour = BlockPeak(spanNanoseconds: 3_600_000_000_000)
    private var day = BlockPeak(spanNanoseconds: 86_400_000_000_000)
    /// What is judged now: what was said a lead ago; nil when nothing was.
    private var judged: Values?
    /// When something else is; and for which lead that was found out.
    private var judgedUntilNanoseconds = Int64.max
    private var judgedLeadNanoseconds: Int64
    /// When something was said last.
    private var saidNanoseconds = Int64.min
    /// What not every round touches, out of its way: at thousands of pools a round waits for
    /// nothing but memory.
    private var memory = Boxed(Memory())

    private struct Memory: Sendable {
        var hour = BlockPeak.Blocks()
        var day = BlockPeak.Blocks()
        /// What was said, at most `slots` times a lead.
        var said = InlineArray<16, Values>(repeating: .zero)
        var saidNanoseconds = InlineArray<16, Int64>(repeating: .min)
        var newest = 0
    }

    init(ratio: Double, leadNanoseconds: Int64) {
        self.ratio = ratio
        self.leadNanoseconds = leadNanoseconds
        judgedLeadNanoseconds = leadNanoseconds
    }

    /// What was said is as old as it was, so that it is judged when its lead is over.
    mutating func clockWentBack(_ step: ClockStep) {
        hour.clockWentBack(to: step.now, &memory.value.hour)
        day.clockWentBack(to: step.now, &memory.value.day)
        weighedNanoseconds = step.moved(weighedNanoseconds)
        lastNanoseconds = lastNanoseconds.map(step.moved)
        saidNanoseconds = step.moved(saidNanoseconds)
        judgedUntilNanoseconds = step.movedAhead(judgedUntilNanoseconds)
        for slot in 0..<Self.slots {
            memory.value.saidNanoseconds[slot] = step.moved(memory.value.saidNanoseconds[slot])
        }
    }

    /// Takes in one round; rounds come in order of time (`clockWentBack`).
    ///
    /// - Parameter forecast: what is planned on as long as little was judged.
    /// - Returns: nil until candidates have been judged, and while one of them costs nothing:
    ///   then there is nothing to be had.
    mutating func observe(
        demand: Double,
        forecast: Double,
        ladder: ForecastLadder,
        at now: Int64
    ) -> OptimisedTarget? {
        learn(demand)
        if hour.isOver(at: now) { hour.turn(to: now, &memory.value.hour) }
        if day.isOver(at: now) { day.turn(to: now, &memory.value.day) }
        hour.push(demand)
        day.push(demand)
        judge(demand, at: now)
        var values = Values(lowHalf: ladder.lanes, highHalf: SIMD8(repeating: 0))
        for index in Self.historyLevels.indices { values[Self.historyLane + index] = history[index] }
        values[Self.hourLane] = hour.value
        values[Self.dayLane] = day.value
        if ladderCount != ladder.count {
            // Another ladder: what was said is of other candidates.
            ladderCount = UInt8(ladder.count)
            costs = Values(repeating: 0)
            judgedSeconds = 0
            memory.value.saidNanoseconds = InlineArray(repeating: .min)
            saidNanoseconds = .min
            judged = nil
            judgedUntilNanoseconds = .max
            weighedNanoseconds = .min
        }
        say(values, at: now)
        guard weigh(at: now) else { return nil }
        let heaviest = weights.max()
        var leader = 0
        while weights[leader] < heaviest { leader += 1 }
        let trust = judgedSeconds / (judgedSeconds + Self.trustSeconds)
        let mean = (Values(weights) * values).sum()
        let amount = forecast + trust * (mean - forecast)
        guard amount.isFinite else { return nil }
        return OptimisedTarget(
            amount: amount,
            leader: candidate(leader, ladder),
            share: Double(heaviest),
            trust: trust
        )
    }

    private static let historyLane = ForecastLadder.capacity
    private static let hourLane = historyLane + 3
    private static let dayLane = historyLane + 4

    /// What was learned. What was said is not: it would be charged for the time between, in which
    /// it was no plan.
    mutating func pass(_ words: inout LearnedWords) {
        words.pass(&spread, 0...1e150)
        words.pass(&samples, 0...1e15)
        for index in history.indices { words.pass(&history[index], -1e150...1e150) }
        words.pass(&judgedSeconds, 0...1e15)
        var lanes = Int64(ladderCount)
        words.pass(&lanes, 0...Int64(ForecastLadder.capacity))
        ladderCount = UInt8(clamping: lanes)
        for lane in 0...Self.dayLane { words.pass(&costs[lane], 0...1e300) }
        hour.pass(&words, &memory.value.hour)
        day.pass(&words, &memory.value.day)
    }

    private func candidate(_ lane: Int, _ ladder: ForecastLadder) -> TargetCandidate {
        switch lane {
        case Self.dayLane: .lastDay
        case Self.hourLane: .lastHour
        case Self.historyLane...: .history(Self.historyLevels[lane - Self.historyLane])
        default: .forecast(ladder.level(lane))
        }
    }

    /// Stochastic approximation (Robbins and Monro, 1951), in steps of the series' own spread.
    private mutating func learn(_ demand: Double) {
        samples += 1
        if samples == 1 { history = SIMD3(repeating: demand) }
        let rate = max(Self.historyGain, 1 / samples)
        spread += rate * ((demand - history[0]).magnitude - spread)
        let step = 2 * rate * spread
        let below = SIMD3<Double>(repeating: 0).replacing(with: 1, where: history .>= demand)
        history += step * (Self.historyLevels - below)
    }

    /// Charges what was said a lead ago for the time since the last round.
    private mutating func judge(_ demand: Double, at now: Int64) {
        defer { lastNanoseconds = now }
        if now >= judgedUntilNanoseconds || judgedLeadNanoseconds != leadNanoseconds {
            findJudged(at: now)
        }
        guard let judged, let last = lastNanoseconds, now > last else { return }
        let seconds = min(Self.longestGapSeconds, Double(now - last) / 1e9)
        // Lanes of no candidate collect a cost too, which is never looked at.
        let gaps = judged - demand
        let idle = gaps.replacing(with: 0, where: gaps .< 0)
        let missing = gaps.replacing(with: 0, where: gaps .> 0)
        costs *= 1 / (1 + seconds * 0.693_147 / Self.halfLifeSeconds)
        costs += (idle - missing * ratio) * seconds
        judgedSeconds += seconds
    }

    /// The newest that was said a lead ago or before, and until when it is that.
    private mutating func findJudged(at now: Int64) {
        judgedLeadNanoseconds = leadNanoseconds
        judged = nil
        judgedUntilNanoseconds = .max
        var slot = memory.value.newest
        for _ in 0..<Self.slots {
            let said = memory.value.saidNanoseconds[slot]
            guard said != .min else { return }
            if now - said >= leadNanoseconds {
                judged = memory.value.said[slot]
                return
            }
            let (due, overflow) = said.addingReportingOverflow(leadNanoseconds)
            judgedUntilNanoseconds = overflow ? .max : due
            slot = (slot + Self.slots - 1) % Self.slots
        }
    }

    private mutating func say(_ values: Values, at now: Int64) {
        let last = saidNanoseconds
        guard last == .min || now - last >= leadNanoseconds / Int64(Self.slots - 1) else { return }
        let next = (memory.value.newest + 1) % Self.slots
        memory.value.said[next] = values
        memory.value.saidNanoseconds[next] = now
        memory.value.newest = next
        saidNanoseconds = now
        let (due, overflow) = now.addingReportingOverflow(leadNanoseconds)
        judgedUntilNanoseconds = min(judgedUntilNanoseconds, overflow ? .max : due)
    }

    /// - Returns: whether there are weights.
    private mutating func weigh(at now: Int64) -> Bool {
        if weighedNanoseconds != .min, now - weighedNanoseconds < Self.refreshNanoseconds {
            return true
        }
        var least = Double.infinity
        for lane in 0...Self.dayLane where isCandidate(lane) { least = min(least, costs[lane]) }
        guard least > 0, least.isFinite else {
            weighedNanoseconds = .min
            return false
        }
        let power = Self.power / ratio.squareRoot()
        var powers = Values(repeating: 0)
        for lane in 0...Self.dayLane where isCandidate(lane) {
            powers[lane] = pow(least / costs[lane], power)
        }
        weights = SIMD16<Float>(powers / powers.sum())
        weighedNanoseconds = now
        return true
    }

    private func isCandidate(_ lane: Int) -> Bool {
        lane < Int(ladderCount) || lane >= Self.historyLane
    }
}
