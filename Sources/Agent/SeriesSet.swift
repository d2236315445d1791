internal import Aggregates
internal import Forecast
internal import HeadroomABI

/// The forecasters of one cgroup: one a resource, made when the resource is first used.
struct SeriesSet: Sendable {
    /// Of the cgroup's place in the table; tells tenants apart.
    var generation: UInt64
    var cgroupID: UInt64
    private var series: [SeriesForecaster?]
    /// What series that begin in the first windows start from; nil: from nothing.
    var priors: PeerPriors?
    /// Windows after which what peers know is let go: it may be 4 KiB a resource.
    private static let windowsWithPriors = 60
    /// Counted up to one more than that.
    private var windows = 0
    /// Whether nothing was learned before that a start from what peers know would lose.
    private var isNew = true
    /// As last told; nil until then.
    private var cpuLimitCores: Float?
    private var memoryLimitBytes: UInt64?

    init(generation: UInt64, cgroupID: UInt64) {
        self.generation = generation
        self.cgroupID = cgroupID
        series = Array(repeating: nil, count: Resource.measured.count)
    }

    /// Learns the window. A resource that was never used gets no forecaster and no memory.
    mutating func observe(_ window: Window, configuration: ForecastConfiguration) {
        let time = Int64(clamping: window.end_ns)
        if windows <= Self.windowsWithPriors {
            windows += 1
            if windows > Self.windowsWithPriors { priors = nil }
        }
        for resource in Resource.measured {
            // Not measured is not zero.
            if Unobserved.covers(resource, window.flags) { continue }
            observe(
                resource, window.value(resource), at: time, coverage: window.coverage,
                configuration: configuration)
        }
    }

    /// As for a window, of one resource.
    mutating func observe(
        _ resource: Resource, _ value: Double, at timeNanoseconds: Int64, coverage: Double,
        configuration: ForecastConfiguration
    ) {
        let index = Int(resource.rawValue)
        if series[index] == nil {
            guard value > 0 else { return }
            series[index] = priors?.start(resource) ?? SeriesForecaster(configuration: configuration)
        }
        series[index]?.observe(
            Observation(timeNanoseconds: timeNanoseconds, value: value, coverage: coverage))
    }

    /// Whether it knows so little that what peers know is worth more.
    var mayStartAgain: Bool { isNew && windows <= Self.windowsWithPriors }

    /// Nil while the resource was never used.
    func forecast(_ resource: Resource, horizon: Int, quantile: Int) -> Double? {
        series[Int(resource.rawValue)]?.forecast(horizon: horizon, quantile: quantile)
    }

    func forecaster(_ resource: Resource) -> SeriesForecaster? { series[Int(resource.rawValue)] }

    func has(_ resource: Resource) -> Bool { series[Int(resource.rawValue)] != nil }

    func calibration(_ resource: Resource, horizon: Int, quantile: Int) -> Calibration? {
        series[Int(resource.rawValue)]?.calibration(horizon: horizon, quantile: quantile)
    }

    // MARK: What happens to a cgroup

    /// Limits as the window's details tell them. A new one can move levels, so widths are learned
    /// as fast as at first; not so with one that Headroom set itself, ahead of need.
    mutating func noteLimits(_ detail: WindowDetail, areOurs: Bool) {
        if detail.knows(HR_PART_CPU_LIMIT) {
            if !areOurs, let before = cpuLimitCores, before != detail.cpu_limit_cores { note(.deploy, .cpu) }
            cpuLimitCores = detail.cpu_limit_cores
        }
        if detail.knows(HR_PART_LIMITS) {
            if !areOurs, let before = memoryLimitBytes, before != detail.memory_limit_bytes {
                note(.deploy, .memory)
            }
            memoryLimitBytes = detail.memory_limit_bytes
        }
    }

    /// The kernel killed a task of it for memory: demand was above the limit, if it has one.
    mutating func noteOutOfMemory() {
        guard let limit = memoryLimitBytes, limit != .max else { return }
        note(.outOfMemory(limit: Double(limit)), .memory)
    }

    /// Other processes under the same name: what users ask of them stays, what they had gathered
    /// in memory is gone.
    mutating func noteRestart() {
        for resource in Resource.measured {
            note(.restart(keepsSeasons: resource != .memory), resource)
        }
    }

    private mutating func note(_ change: Change, _ resource: Resource) {
        series[Int(resource.rawValue)]?.note(change)
    }

    // MARK: Checkpoint

    func add(to checkpoint: inout Checkpoint, path: String) {
        for resource in Resource.measured {
            guard let series = series[Int(resource.rawValue)] else { continue }
            checkpoint.add(
                series, key: SeriesKey(resource: resource, cgroupID: cgroupID, path: path).text)
        }
    }

    mutating func restore(_ forecaster: SeriesForecaster, of resource: Resource) {
        series[Int(resource.rawValue)] = forecaster
        isNew = false
    }
}
