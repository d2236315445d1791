package import Aggregates
internal import Forecast
internal import Planner

/// Headroom itself: the forecaster and the planner as the agent runs them.
package struct HeadroomPolicy: CapacityPolicy {
    private var forecaster: SeriesForecaster
    private var planner: ResourcePlanner
    private let quantiles: [Double]
    private let planned: Int
    /// Rising, nanoseconds.
    private let horizons: [Int64]

    /// As the agent's configuration has them when nothing is said.
    private static let quantiles = [0.5, 0.9, 0.95, 0.99]

    /// - Parameters:
    ///   - leadVaries: whether requests may take longer or shorter than `leadSeconds`: then forecasts
    ///     are made for more leads than one, for the planner to choose from.
    ///   - chunk: smallest step of capacity, in the trace's unit.
    package init(
        resource: Resource,
        leadSeconds: Int64,
        leadVaries: Bool = false,
        costRatio: Double,
        chunk: Double
    ) {
        let configuration = ResourcePlanConfiguration(
            costRatio: costRatio,
            leadTimeNanoseconds: leadSeconds * 1_000_000_000,
            chunk: chunk
        )
        let leads = leadVaries ? [leadSeconds, leadSeconds * 2, leadSeconds * 4] : [leadSeconds]
        // A lead shorter than the trace's step is forecast over one step: the next sample is the first that a request can serve.
        horizons = Set(leads.map { max($0, 1) * 1_000_000_000 }).sorted()
        planner = ResourcePlanner(resource: resource, configuration: configuration)
        quantiles = Set(Self.quantiles + [configuration.forecastQuantile]).sorted()
        planned = quantiles.firstIndex(of: configuration.forecastQuantile)!
        forecaster = SeriesForecaster(
            configuration: ForecastConfiguration(
                horizonsNanoseconds: horizons,
                quantiles: quantiles
            )
        )
    }

    package mutating func wanted(_ sample: PolicySample) -> Double? {
        planner.feedback(
            PlanExecution(
                timeNanoseconds: sample.timeNanoseconds,
                durationNanoseconds: sample.stepNanoseconds,
                demand: sample.demand,
                available: sample.ready
            )
        )
        if let isRefused = sample.wasRefused {
            planner.answered(isRefused: isRefused, at: sample.timeNanoseconds)
        }
        forecaster.observe(
            Observation(
                timeNanoseconds: sample.timeNanoseconds,
                value: sample.demand,
                coverage: 1
            )
        )
        let bracket = HorizonBracket(lead: planner.leadTimeNanoseconds, horizons: horizons)
        var ladder = ForecastLadder()
        for (index, level) in quantiles.enumerated() {
            let value = bracket.value { forecaster.forecast(horizon: $0, quantile: index) }
            guard let value else { continue }
            ladder.append(level: level, value: value)
        }
        let decision = planner.plan(
            PoolDemand(
                timeNanoseconds: sample.timeNanoseconds,
                demand: sample.demand,
                quantileForecast: bracket.value {
                    forecaster.forecast(horizon: $0, quantile: planned)
                },
                ladder: ladder,
                horizonNanoseconds: bracket.leadNanoseconds,
                ready: sample.ready,
                pending: sample.pending
            )
        )
        return decision.change == 0 ? nil : decision.target
    }
}
