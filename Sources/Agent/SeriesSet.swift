internal import Aggregates
internal import Forecast
internal import HeadroomABI

/// The forecasters of one cgroup: one a resource, made when the resource is first used.
struct SeriesSet: Sendable {
    let generation: UInt64
    private var series: [SeriesForecaster?]

    init(generation: UInt64) {
        self.generation = generation
        series = Array(repeating: nil, count: Resource.measured.count)
    }

    /// Learns the window. A resource that was never used gets no forecaster and no memory.
    mutating func observe(_ window: Window, configuration: ForecastConfiguration) {
        let time = Int64(clamping: window.end_ns)
        for resource in Resource.measured {
            // Not measured is not zero.
            if Unobserved.covers(resource, window.flags) { continue }
            let index = Int(resource.rawValue)
            let value = window.value(resource)
            if series[index] == nil {
                guard value > 0 else { continue }
                series[index] = SeriesForecaster(configuration: configuration)
            }
            series[index]?.observe(
                Observation(timeNanoseconds: time, value: value, coverage: window.coverage))
        }
    }

    /// Nil while the resource was never used.
    func forecast(_ resource: Resource, horizon: Int, quantile: Int) -> Double? {
        series[Int(resource.rawValue)]?.forecast(horizon: horizon, quantile: quantile)
    }

    func has(_ resource: Resource) -> Bool { series[Int(resource.rawValue)] != nil }

    func calibration(_ resource: Resource, horizon: Int, quantile: Int) -> Calibration? {
        series[Int(resource.rawValue)]?.calibration(horizon: horizon, quantile: quantile)
    }
}
