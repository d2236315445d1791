/// What is forecast for every series: the lead times and the quantiles of the peak within them.
package struct ForecastConfiguration: Sendable, Hashable {
    /// Lead times in nanoseconds, each positive, in the order in which they are addressed.
    package let horizonsNanoseconds: [Int64]
    /// Strictly increasing, each within `0..<1`.
    package let quantiles: [Double]

    /// Indices of the lead times, the shortest first: the order in which forecasts are issued.
    let shortestFirst: [Int]

    /// The median for orientation, then the levels capacity is planned for.
    package static let standardQuantiles: [Double] = [0.5, 0.9, 0.95, 0.99]

    package init(horizonsNanoseconds: [Int64], quantiles: [Double]) {
        precondition(!horizonsNanoseconds.isEmpty, "at least one horizon is needed, got none")
        precondition(!quantiles.isEmpty, "at least one quantile is needed, got none")
        for horizon in horizonsNanoseconds {
            precondition(horizon > 0, "a horizon must be positive, got \(horizon) ns")
        }
        var previous = -1.0
        for quantile in quantiles {
            precondition(
                quantile >= 0 && quantile < 1,
                "a quantile must be within 0..<1, got \(quantile)"
            )
            precondition(
                quantile > previous,
                "quantiles must increase, got \(quantile) after \(previous)"
            )
            previous = quantile
        }
        self.horizonsNanoseconds = horizonsNanoseconds
        self.quantiles = quantiles
        shortestFirst = horizonsNanoseconds.indices.sorted {
            (horizonsNanoseconds[$0], $0) < (horizonsNanoseconds[$1], $1)
        }
    }

    /// The lead time below whose forecasts those of `horizon` may not lie; nil for the shortest.
    func nextShorter(than horizon: Int) -> Int? {
        guard let place = shortestFirst.firstIndex(of: horizon), place > 0 else { return nil }
        return shortestFirst[place - 1]
    }
}
