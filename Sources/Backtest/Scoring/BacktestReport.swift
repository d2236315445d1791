package import Aggregates

/// The scores of a whole backtest, and what is told from them.
package struct BacktestReport: Sendable {
    package let configuration: BacktestConfiguration
    package let series: [SeriesScore]

    package init(configuration: BacktestConfiguration, series: [SeriesScore]) {
        self.configuration = configuration
        self.series = series
    }

    /// Forecasts that were compared with the peak that came.
    package var scoredCount: Int {
        series.reduce(0) { $0 + ($1.policies.first?.quantiles.first?.count ?? 0) }
    }

    /// Lines of the table: each resource that occurs, then all together (`nil`), by horizon.
    package var lines: [ReportLine] {
        let occurring = Resource.allCases.filter { resource in
            series.contains { $0.resource == resource }
        }
        return configuration.horizonsSeconds.flatMap { horizon in
            (occurring.map { Optional($0) } + [nil]).flatMap { resource in
                lines(horizon: horizon, resource: resource)
            }
        }
    }

    private func lines(horizon: Int64, resource: Resource?) -> [ReportLine] {
        let chosen = series.filter {
            $0.horizonSeconds == horizon && (resource == nil || $0.resource == resource)
        }
        guard let first = chosen.first else { return [] }
        return first.policies.indices.flatMap { policy in
            configuration.quantiles.indices.map { quantile in
                ReportLine(
                    resource: resource,
                    horizonSeconds: horizon,
                    policy: first.policies[policy].policy,
                    quantile: configuration.quantiles[quantile],
                    series: chosen,
                    policyIndex: policy,
                    quantileIndex: quantile
                )
            }
        }
    }

    /// The series on which the forecaster's loss is largest beside the best rule's, worst first,
    /// at the middle one of the quantiles.
    package func worst(_ count: Int) -> [SeriesComparison] {
        let index = configuration.quantiles.count / 2
        let compared = series.compactMap {
            SeriesComparison($0, quantile: configuration.quantiles[index], quantileIndex: index)
        }
        return Array(compared.sorted { $0.lossOverBest > $1.lossOverBest }.prefix(count))
    }

    /// Mean over series of the gap between coverage and quantile, in points, for series with at
    /// least a thousand scored forecasts; `nil` without any.
    package func meanCoverageGap(
        horizonSeconds: Int64,
        resource: Resource?,
        quantileIndex: Int
    ) -> Double? {
        let gaps = series.compactMap { series -> Double? in
            guard series.horizonSeconds == horizonSeconds,
                resource == nil || series.resource == resource,
                let score = series.policies.first?.quantiles[quantileIndex], score.count >= 1_000,
                let coverage = score.coverage
            else { return nil }
            return 100 * (coverage - configuration.quantiles[quantileIndex]).magnitude
        }
        return gaps.isEmpty ? nil : gaps.reduce(0, +) / Double(gaps.count)
    }
}
