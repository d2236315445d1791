internal import Aggregates
internal import Forecast
internal import Planner

/// What is known beforehand of one plan: schedules of its demand, and request rates with what a
/// request costs. Each is judged by itself, so that a wrong one does not take the other with it.
struct PlanHints: Sendable {
    private var schedule: HintLayer?
    private var requests: HintLayer?
    /// Place of the plan's rates among those that a tick tells.
    private let place: Int?
    private let leads: [Int64]
    private var rates: ExpectedRates?
    private var second: Int64 = 0

    init(
        _ plan: PlannedResource, _ configuration: EngineConfiguration,
        _ forecasting: ForecastConfiguration
    ) {
        func layer(_ resource: Resource) -> HintLayer {
            let entries = configuration.hints.filter {
                $0.scope == plan.scope && $0.resource == resource
            }
            return HintLayer(
                configuration: forecasting, schedule: DemandSchedule(entries: entries.map(\.demand)))
        }
        leads = forecasting.horizonsNanoseconds
        let own = layer(plan.resource)
        schedule = own.schedule.entries.isEmpty ? nil : own
        place = configuration.rates.firstIndex(of: plan.scope)
        requests = place == nil ? nil : layer(.requests)
    }

    var exist: Bool { schedule != nil || requests != nil }

    mutating func beginTick(utcOffset: Int64, rates all: [ExpectedRates?]) {
        schedule?.schedule.utcOffsetSeconds = utcOffset
        requests?.schedule.utcOffsetSeconds = utcOffset
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
        guard let requests, !requests.schedule.entries.isEmpty else { return told }
        let scheduled = requests.schedule.peak(from: second, lead: lead / 1_000_000_000)
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
