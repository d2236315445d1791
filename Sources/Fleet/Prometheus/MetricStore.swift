/// Where samples are asked for: Prometheus, or whatever else has its HTTP API v1. Any task.
package protocol MetricStore: Sendable {
    /// An instant query. - Parameters:
    ///   - label: whose values name the rows.
    ///   - time: Unix seconds of evaluation; nil: the store's own present.
    func instant(_ query: String, label: String, at time: Double?) async throws -> SeriesTable

    /// A range query of at most `TimeRange.pointLimit` points a series.
    func range(_ query: String, label: String, _ range: TimeRange) async throws -> SeriesTable
}
