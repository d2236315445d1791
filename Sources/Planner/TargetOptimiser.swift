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
    static let historyLevels = [0.95, 0.98, 0.995]
    static let historyGain = 0.01
    /// Weights are computed anew no sooner than this.
    static let refreshNanoseconds: Int64 = 30_000_000_000
    /// Seconds judged after which the mean counts for half, and the forecast for the other half.
    static let trustSeconds = 3_600.0
    /// A gap in the samples is charged as no more than this.
    static let longestGapSeconds = 3_600.0

    private typealias Values = SIMD16<Double>
    private static let slots = 16

    private let ratio: Double
    /// How long ago what is held now was asked for; may change between rounds.
    var leadNanoseconds: Int64

    private var history = SIMD4<Double>(repeating: 0)
    private var spread = 0.0
    private var samples = 0.0
    private var hour = RecentPeak(spanNanoseconds: 3_600_000_000_000)
    private var day = RecentPeak(spanNanoseconds: 86_400_000_000_000)

    /// Forecast quantiles first, then the others.
    private var count = 0
    private var costs = Values(repeating: 0)
    private var weights = Values(repeating: 0)
    private var weighedNanoseconds = Int64.min
    private var judgedSeconds = 0.0
    /// What was said, at most `slots` times a lead.
    private var said = InlineArray<16, Values>(repeating: .zero)
    private var saidNanoseconds = InlineArray<16, Int64>(repeating: .min)
    private var newest = 0
    private var lastNanoseconds: Int64?

    init(ratio: Double, leadNanoseconds: Int64) {
        self.ratio = ratio
        self.leadNanoseconds = leadNanoseconds
    }

    /// Takes in one round; rounds come in order of time.
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
        hour.push(demand, at: now)
        day.push(demand, at: now)
        judge(demand, at: now)
        var values = Values(repeating: 0)
        for index in 0..<ladder.count { values[index] = ladder.value(index) }
        for index in Self.historyLevels.indices { values[ladder.count + index] = history[index] }
        let known = ladder.count + Self.historyLevels.count
        values[known] = hour.value
        values[known + 1] = day.value
        if count != known + 2 {
            // Another ladder: what was said is of other candidates.
            count = known + 2
            costs = Values(repeating: 0)
            judgedSeconds = 0
            saidNanoseconds = InlineArray(repeating: .min)
            weighedNanoseconds = .min
        }
        say(values, at: now)
        guard weigh(at: now) else { return nil }
        var leader = 0
        for index in 1..<count where weights[index] > weights[leader] { leader = index }
        let trust = judgedSeconds / (judgedSeconds + Self.trustSeconds)
        let amount = forecast + trust * ((weights * values).sum() - forecast)
        guard amount.isFinite else { return nil }
        return OptimisedTarget(
            amount: amount,
            leader: candidate(leader, ladder),
            share: weights[leader],
            trust: trust
        )
    }

    private func candidate(_ index: Int, _ ladder: ForecastLadder) -> TargetCandidate {
        if index < ladder.count { return .forecast(ladder.level(index)) }
        let own = index - ladder.count
        if own < Self.historyLevels.count { return .history(Self.historyLevels[own]) }
        return own == Self.historyLevels.count ? .lastHour : .lastDay
    }

    /// Stochastic approximation (Robbins and Monro, 1951), in steps of the series' own spread.
    private mutating func learn(_ demand: Double) {
        samples += 1
        if samples == 1 { history = SIMD4(repeating: demand) }
        let rate = max(Self.historyGain, 1 / samples)
        spread += rate * ((demand - history[0]).magnitude - spread)
        let step = 2 * rate * spread
        for index in Self.historyLevels.indices {
            let level = Self.historyLevels[index]
            history[index] += step * (demand > history[index] ? level : level - 1)
        }
    }

    /// Charges what was said a lead ago for the time since the last round.
    private mutating func judge(_ demand: Double, at now: Int64) {
        defer { lastNanoseconds = now }
        guard let last = lastNanoseconds, now > last else { return }
        var slot = newest
        var steps = 0
        while saidNanoseconds[slot] != .min, now - saidNanoseconds[slot] < leadNanoseconds {
            steps += 1
            if steps == Self.slots { return }
            slot = (slot + Self.slots - 1) % Self.slots
        }
        guard saidNanoseconds[slot] != .min else { return }
        let seconds = min(Self.longestGapSeconds, Double(now - last) / 1e9)
        let gaps = said[slot] - demand
        let idle = gaps.replacing(with: 0, where: gaps .< 0)
        let missing = gaps.replacing(with: 0, where: gaps .> 0)
        costs *= 1 / (1 + seconds * 0.693_147 / Self.halfLifeSeconds)
        costs += (idle - missing * ratio) * seconds
        judgedSeconds += seconds
    }

    private mutating func say(_ values: Values, at now: Int64) {
        let last = saidNanoseconds[newest]
        guard last == .min || now - last >= leadNanoseconds / Int64(Self.slots - 1) else { return }
        newest = (newest + 1) % Self.slots
        said[newest] = values
        saidNanoseconds[newest] = now
    }

    /// - Returns: whether there are weights.
    private mutating func weigh(at now: Int64) -> Bool {
        if weighedNanoseconds != .min, now - weighedNanoseconds < Self.refreshNanoseconds {
            return true
        }
        var least = Double.infinity
        for index in 0..<count { least = min(least, costs[index]) }
        guard least > 0, least.isFinite else {
            weighedNanoseconds = .min
            return false
        }
        let power = Self.power / ratio.squareRoot()
        var total = 0.0
        weights = Values(repeating: 0)
        for index in 0..<count {
            weights[index] = pow(least / costs[index], power)
            total += weights[index]
        }
        weights /= total
        weighedNanoseconds = now
        return true
    }
}
