internal import Aggregates
internal import Forecast
internal import HeadroomABI

/// A pool's demand as a series of its own: the sum of its applications' windows, or what the
/// node has beyond all pools. Its peak is forecast directly, never added up from theirs.
struct PoolSum: Sendable {
    private(set) var series = SeriesSet(generation: 0, cgroupID: 0)
    private(set) var values: [Double]
    /// Of this tick.
    private(set) var applications = 0
    private(set) var coverage = 1.0
    /// What the window of one of them did not measure.
    private var flags: UInt32 = 0

    init() { values = Array(repeating: 0, count: Resource.measured.count) }

    mutating func begin() {
        for index in values.indices { values[index] = 0 }
        applications = 0
        coverage = 1
        flags = 0
    }

    mutating func add(_ window: Window) {
        applications += 1
        coverage = min(coverage, window.coverage)
        flags |= window.flags
        for resource in Resource.measured { values[Int(resource.rawValue)] += window.value(resource) }
    }

    /// Takes another's demand off, but no more than there is: windows of a parent and its child
    /// do not end in the same instant.
    mutating func subtract(_ other: PoolSum) {
        for index in values.indices { values[index] = max(0, values[index] - other.values[index]) }
    }

    func value(_ resource: Resource) -> Double { values[Int(resource.rawValue)] }

    /// Learns what was added up.
    mutating func close(at timeNanoseconds: Int64, configuration: ForecastConfiguration) {
        for resource in Resource.measured where !Unobserved.covers(resource, flags) {
            series.observe(
                resource, value(resource), at: timeNanoseconds, coverage: coverage,
                configuration: configuration)
        }
    }

    mutating func restore(_ forecaster: SeriesForecaster, of resource: Resource) {
        series.restore(forecaster, of: resource)
    }
}
