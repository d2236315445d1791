internal import Aggregates
internal import Forecast

/// One resource of one trace in replay: the forecaster and the baselines, fed alike.
struct SeriesReplay {
    /// What was said at one sample, policy-major: `policy * quantiles + quantile`.
    private struct Said {
        let timeSeconds: Int64
        let forecasts: [Double]
    }

    let resource: Resource
    private let configuration: BacktestConfiguration
    private let burnInEndSeconds: Int64
    private var forecaster: SeriesForecaster
    private var baselines = StandardBaselines.make()
    private var labellers: [PeakLabeller<Said>]
    private(set) var scores: [SeriesScore]
    /// What is drawn, at the first horizon; `nil` without a plot.
    private(set) var panel: PlotPanel?

    init(resource: Resource, summary: TraceSummary, configuration: BacktestConfiguration) {
        self.resource = resource
        self.configuration = configuration
        burnInEndSeconds = summary.burnInEndSeconds
        forecaster = SeriesForecaster(
            configuration: ForecastConfiguration(
                horizonsNanoseconds: configuration.horizonsSeconds.map { $0 * 1_000_000_000 },
                quantiles: configuration.quantiles
            )
        )
        if configuration.plotPath != nil {
            panel = PlotPanel(
                resource: resource,
                horizonSeconds: configuration.horizonsSeconds[0],
                summary: summary
            )
        }
        labellers = configuration.horizonsSeconds.map {
            PeakLabeller(horizonSeconds: $0, stepSeconds: summary.stepSeconds)
        }
        let policies = ["headroom"] + baselines.map(\.name)
        scores = configuration.horizonsSeconds.map { horizon in
            SeriesScore(
                application: summary.application,
                resource: resource,
                horizonSeconds: horizon,
                policies: policies.map {
                    PolicyScore(policy: $0, quantileCount: configuration.quantiles.count)
                }
            )
        }
    }

    /// Feeds one sample to everybody, scores what has matured, and returns the forecaster's
    /// quantiles for each horizon.
    mutating func observe(timeSeconds: Int64, value: Double) -> [[Double]] {
        forecaster.observe(
            Observation(timeNanoseconds: timeSeconds * 1_000_000_000, value: value)
        )
        for index in baselines.indices {
            baselines[index].observe(timeSeconds: timeSeconds, value: value)
        }
        let baselineForecasts = baselines.flatMap { baseline in
            configuration.quantiles.map { baseline.forecast(quantile: $0) }
        }
        return configuration.horizonsSeconds.indices.map { horizon in
            let matured = labellers[horizon].observe(timeSeconds: timeSeconds, value: value)
            for (said, peak) in matured {
                if horizon == 0 && peak > said.forecasts[configuration.quantiles.count / 2] {
                    panel?.miss(timeSeconds: said.timeSeconds, peak: peak)
                }
                guard said.timeSeconds >= burnInEndSeconds else { continue }
                score(horizon: horizon, forecasts: said.forecasts, peak: peak)
            }
            let own = configuration.quantiles.indices.map {
                forecaster.forecast(horizon: horizon, quantile: $0) ?? 0
            }
            if horizon == 0 {
                panel?.add(timeSeconds: timeSeconds, value: value, forecasts: own)
            }
            labellers[horizon].issue(
                timeSeconds: timeSeconds,
                payload: Said(timeSeconds: timeSeconds, forecasts: own + baselineForecasts)
            )
            return own
        }
    }

    private mutating func score(horizon: Int, forecasts: [Double], peak: Double) {
        let count = configuration.quantiles.count
        for policy in scores[horizon].policies.indices {
            for quantile in 0..<count {
                scores[horizon].policies[policy].quantiles[quantile].add(
                    forecast: forecasts[policy * count + quantile],
                    peak: peak,
                    quantile: configuration.quantiles[quantile]
                )
            }
        }
    }
}
