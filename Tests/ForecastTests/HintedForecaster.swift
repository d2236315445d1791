import Forecast

/// A series with its hints and maintenance windows, as an agent holds them: the forecaster inside
/// never learns of a hint.
struct HintedForecaster: Sendable {
    private(set) var forecaster: SeriesForecaster
    private var layer: HintLayer
    /// Spans whose samples are not learned, Unix nanoseconds: maintenance, load tests.
    let ignored: [Range<Int64>]

    init(
        configuration: ForecastConfiguration,
        schedule: DemandSchedule = DemandSchedule(entries: []),
        ignored: [Range<Int64>] = []
    ) {
        forecaster = SeriesForecaster(configuration: configuration)
        layer = HintLayer(configuration: configuration, schedule: schedule)
        self.ignored = ignored
    }

    /// Learned demand per request a second.
    var costPerRequest: Double? { layer.costPerRequest }

    /// Share of a hint that is added now, `0...1`.
    func trust(horizon: Int, quantile: Int) -> Double {
        layer.trust(horizon: horizon, quantile: quantile)
    }

    /// Learns a sample; parameters as of `HintLayer.observe`.
    mutating func observe(
        _ observation: Observation,
        requestRate: Double? = nil,
        expectedRates: [Double] = []
    ) {
        let now = observation.timeNanoseconds
        guard !ignored.contains(where: { $0.contains(now) }) else { return layer.skip() }
        forecaster.observe(observation)
        layer.observe(observation, requestRate: requestRate, expectedRates: expectedRates) {
            forecaster.forecast(horizon: $0, quantile: $1)
        }
    }

    /// As `SeriesForecaster.forecast`, with the hints.
    func forecast(horizon: Int, quantile: Int) -> Double? {
        layer.hinted(horizon: horizon, quantile: quantile) {
            forecaster.forecast(horizon: horizon, quantile: $0)
        }
    }
}
