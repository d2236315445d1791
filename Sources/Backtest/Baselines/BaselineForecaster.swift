/// A rule in use elsewhere, fed like the forecaster: one sample at a time and nothing later.
package protocol BaselineForecaster {
    /// Column name in tables and JSON.
    var name: String { get }

    /// Learns one sample. `timeSeconds` is Unix time and increases.
    mutating func observe(timeSeconds: Int64, value: Double)

    /// Capacity to hold for the next lead time at this quantile. Rules that know no quantile
    /// give the same answer for all. Called after at least one sample.
    func forecast(quantile: Double) -> Double
}
