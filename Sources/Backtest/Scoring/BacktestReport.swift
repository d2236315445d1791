internal import Aggregates

/// The scores of a whole backtest, and what is told from them.
package struct BacktestReport: Sendable {
    package let configuration: BacktestConfiguration
    package let series: [SeriesScore]

    package init(configuration: BacktestConfiguration, series: [SeriesScore]) {
        self.configuration = configuration
        self.series = series
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
}
