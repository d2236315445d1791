internal import Aggregates
internal import Forecast
internal import Planner

/// What is known beforehand of one plan: schedules of its demand, and request rates with what a
/// request costs. Each is judged by itself, so that a wrong one does not take the other with it.
struct PlanHints: Sendable {
    private var schedule: HintLayer?
    /// Has no schedule of its own: one of requests is in their unit, not in the plan's.
    private var requests: HintLayer?
    /// Requests a second, in all, that are expected at times of the day.
    private var requestSchedule: DemandSchedule
    /// Place of the plan's rates among those that a tick tells.
    private let place: Int?
    private let leads: [Int64]
    private var rates: ExpectedRates?
    private var second: Int64 = 0

    init(
        _ plan: PlannedResource, _ configuration: EngineConfiguration,
        _ forecasting: ForecastConfiguration
    ) {
        func entries(_ resource: Resource) -> DemandSchedule {
            let own = configuration.hints.filter { $0.scope == plan.scope && $0.resource == resource }
            return DemandSchedule(entries: own.map(\.demand))
        }
        leads = forecasting.horizonsNanoseconds
        let own = entries(plan.resource)
        schedule = own.entries.isEmpty ? nil : HintLayer(configuration: forecasting, schedule: own)
        place = configuration.rates.firstIndex(of: plan.scope)
        requests =
            place == nil
            ? nil : HintLayer(configuration: forecasting, schedule: DemandSchedule(entries: []))
        requestSchedule = entries(.requests)
    }

    /// Takes over what `other`, of the same series and lead times, has learned: as far as it is about the same schedule.
    mutating func goOn(from other: PlanHints) {
        guard leads == other.leads else { return }
        if let before = other.schedule, schedule?.schedule.entries == before.schedule.entries { schedule = before }
        if requests != nil, let before = other.requests, requestSchedule.entries == other.requestSchedule.entries {
            requests = before
        }
    }

    var exist: Bool { schedule != nil || requests != nil }

    mutating func beginTick(utcOffset: Int64, rates all: [ExpectedRates?]) {
        schedule?.schedule.utcOffsetSeconds = utcOffset
        requestSchedule.utcOffsetSeconds = utcOffset
        rates = place.flatMap { $0 < all.count ? all[$0] : nil }
    }

    /// See `HintLayer.skip`.
    mutating func skip() {
        schedule?.skip()
        requests?.skip()
    }

    /// - Parameter forecast: without hints, by lead and quantile.
    mutating func observe(_ observation: Observation, forecast: (Int, Int) -> Double?) {
        second = observation.timeNanoseconds / 1_000_000_000
        schedule?.observe(observation, forecast: forecast)
        guard requests != nil else { return }
        let expected = leads.map { expectedRate(within: $0) ?? .nan }
        requests?.observe(
            observation, requestRate: rates?.rate, expectedRates: expected, forecast: forecast)
    }

    /// The highest rate that is expected within a lead: by whoever writes the rates, or by schedule.
    private func expectedRate(within lead: Int64) -> Double? {
        let told = rates?.peak(within: lead)
        guard !requestSchedule.entries.isEmpty else { return told }
        let scheduled = requestSchedule.peak(from: second, lead: lead / 1_000_000_000)
        return max(told ?? 0, scheduled)
    }

    /// What hints add to a plan's forecast.
    func raise(
        _ horizons: HorizonBracket, _ quantiles: QuantileBracket, plain: (Int, Int) -> Double?
    ) -> Double {
        func value(_ hinted: (Int, Int) -> Double?) -> Double? {
            horizons.value { horizon in quantiles.value { hinted(horizon, $0) } }
        }
        guard let own = value(plain) else { return 0 }
        var sum = 0.0
        for case let layer? in [schedule, requests] {
            let raised = value { horizon, quantile in
                layer.hinted(horizon: horizon, quantile: quantile) { plain(horizon, $0) }
            }
            sum += max(0, (raised ?? own) - own)
        }
        return sum
    }

    func outlook(leadNanoseconds: Int64) -> RequestOutlook? {
        guard let requests, let rates else { return nil }
        return RequestOutlook(
            rate: rates.rate, expected: expectedRate(within: leadNanoseconds),
            cost: requests.costPerRequest)
    }
}
