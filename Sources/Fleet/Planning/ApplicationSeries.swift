internal import Forecast

/// One application in one resource.
struct ApplicationSeries: Sendable {
    let name: String
    /// Into the configuration's; nil: in none, and not forecast.
    let pool: Int?
    /// Nil for those beyond the limit.
    var forecaster: SeriesForecaster?
    /// The last one that was seen.
    var value = 0.0
    /// Round in which it was seen last.
    var seen: UInt64 = 0
    /// Since when it has been gone, Unix nanoseconds; nil while it is there.
    var goneSince: Int64?
}
