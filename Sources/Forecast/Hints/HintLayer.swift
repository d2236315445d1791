/// What somebody knows beforehand, put on top of forecasts that know nothing of it: schedules and
/// expected request rates.
///
/// What a hint adds over the present is added to every quantile as far as it has proved right so
/// far (`HintTrust`), and never subtracted: a hint raises capacity ahead of time and takes none
/// away. Where the seasons have learned the same by themselves, adding it twice is wrong, and
/// the trust goes. Pure; a sample costs the schedule's entries and allocates nothing; kept only
/// for series with hints.
package struct HintLayer: Sendable {
    private static let waitingLimit = 8

    /// One forecast to which a hint applied, until its label comes.
    private struct Waiting: Sendable {
        let issuedNanoseconds: Int64
        let raise: Double
        /// Where its quantiles without the hint are, in `plain`.
        let slot: Int
        var peak: Double?
    }

    package var schedule: DemandSchedule
    private let leads: [Int64]
    private let levels: [Double]
    private var cost = RequestCost()
    /// By lead, then by quantile.
    private var trusts: [[HintTrust]]
    private var waiting: [[Waiting]]
    /// By lead: slot-major, the quantiles that were said without the hint.
    private var plain: [[Double]]
    /// By lead: what the hints add now; 0 when none applies.
    private var raises: [Double]
    private var lastNanoseconds = Int64.min

    package init(configuration: ForecastConfiguration, schedule: DemandSchedule) {
        self.schedule = schedule
        leads = configuration.horizonsNanoseconds
        levels = configuration.quantiles
        let quantiles = levels.count
        trusts = Array(
            repeating: Array(repeating: HintTrust(), count: quantiles),
            count: leads.count
        )
        waiting = leads.map { _ in
            var list: [Waiting] = []
            list.reserveCapacity(Self.waitingLimit)
            return list
        }
        plain = Array(
            repeating: Array(repeating: 0, count: Self.waitingLimit * quantiles),
            count: leads.count
        )
        raises = Array(repeating: 0, count: leads.count)
    }

    /// Learned demand per request a second.
    package var costPerRequest: Double? { cost.perRequest }

    /// Share of a hint that is added now, `0...1`.
    package func trust(horizon: Int, quantile: Int) -> Double {
        Double(trusts[horizon][quantile].share)
    }

    /// A sample came that is not to be learned: no label may reach over it.
    package mutating func skip() {
        for lead in waiting.indices { waiting[lead].removeAll(keepingCapacity: true) }
    }

    /// Learns a sample that the forecaster has just learned. One before the last, as when a clock was set back, begins the
    /// time anew: what waited for its label has none.
    ///
    /// - Parameters:
    ///   - observation: the sample; one without a usable value changes nothing.
    ///   - requestRate: requests a second now; `nil` if unknown.
    ///   - expectedRates: the highest rate expected within each lead time, in their order;
    ///     empty if nobody says.
    ///   - forecast: what the forecaster says without hints, by lead and quantile.
    package mutating func observe(
        _ observation: Observation,
        requestRate: Double? = nil,
        expectedRates: [Double] = [],
        forecast: (Int, Int) -> Double?
    ) {
        guard observation.value.isFinite, observation.value >= 0 else { return }
        let now = observation.timeNanoseconds
        if now < lastNanoseconds { skip() }
        lastNanoseconds = now
        if let requestRate {
            cost.observe(timeNanoseconds: now, rate: requestRate, demand: observation.value)
        }
        for lead in raises.indices {
            mature(lead, now: now, value: observation.value)
            let expected = lead < expectedRates.count ? expectedRates[lead] : nil
            raises[lead] = raise(lead, now: now, rate: requestRate, expected: expected)
            keep(lead, now: now, forecast)
        }
    }

    /// A quantile with the hints. - Parameter plain: the forecaster's, by quantile.
    package func hinted(horizon: Int, quantile: Int, plain: (Int) -> Double?) -> Double? {
        guard let own = plain(quantile) else { return nil }
        guard raises[horizon] > 0 else { return own }
        // Trusts differ, quantiles must not cross.
        return (0...quantile).reduce(own) {
            max($0, (plain($1) ?? 0) + trust(horizon: horizon, quantile: $1) * raises[horizon])
        }
    }

    private func raise(_ lead: Int, now: Int64, rate: Double?, expected: Double?) -> Double {
        let second = now / 1_000_000_000
        let seconds = leads[lead] / 1_000_000_000
        let scheduled = schedule.peak(from: second, lead: seconds) - schedule.amount(at: second)
        var requested = 0.0
        if let rate, let expected, let cost = cost.perRequest, expected.isFinite {
            requested = cost * (expected - rate)
        }
        return max(0, scheduled) + max(0, requested)
    }

    private mutating func mature(_ lead: Int, now: Int64, value: Double) {
        let length = leads[lead]
        for index in waiting[lead].indices
        where now &- waiting[lead][index].issuedNanoseconds <= length {
            waiting[lead][index].peak = max(waiting[lead][index].peak ?? 0, value)
        }
        while let first = waiting[lead].first, now &- first.issuedNanoseconds >= length {
            waiting[lead].removeFirst()
            guard let peak = first.peak else { continue }
            let next = waiting[lead].first?.issuedNanoseconds ?? now
            let seconds = Float(min(next &- first.issuedNanoseconds, length)) / 1e9
            for index in levels.indices {
                let excess = peak - plain[lead][first.slot * levels.count + index]
                trusts[lead][index].learn(
                    lossWith: Self.loss(excess - first.raise, levels[index]),
                    lossWithout: Self.loss(excess, levels[index]),
                    seconds: seconds
                )
            }
        }
    }

    private mutating func keep(_ lead: Int, now: Int64, _ forecast: (Int, Int) -> Double?) {
        let length = leads[lead]
        let newest = waiting[lead].last?.issuedNanoseconds
        let pause = length / Int64(Self.waitingLimit)
        guard raises[lead] > 0, waiting[lead].count < Self.waitingLimit,
            newest.map({ now &- $0 >= pause }) ?? true
        else { return }
        // At most as many wait as there are slots, in turn: this one is free.
        let slot = waiting[lead].last.map { ($0.slot + 1) % Self.waitingLimit } ?? 0
        let count = levels.count
        for quantile in 0..<count {
            plain[lead][slot * count + quantile] = forecast(lead, quantile) ?? 0
        }
        waiting[lead].append(
            Waiting(issuedNanoseconds: now, raise: raises[lead], slot: slot, peak: nil)
        )
    }

    private static func loss(_ excess: Double, _ level: Double) -> Float {
        Float(max(level * excess, (level - 1) * excess))
    }
}
