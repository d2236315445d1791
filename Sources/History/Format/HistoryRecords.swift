package import Aggregates

/// How the agent that wrote a file was set up.
package struct HistoryHeader: Sendable, Hashable {
    package var hostname = ""
    package var version = ""
    package var intervalNanoseconds: UInt64 = 0
    /// Of the node; 0: not known.
    package var cores = 0.0
    package var memoryBytes = 0.0
    /// That forecasts are about.
    package var horizonsNanoseconds: [UInt64] = []
    package var quantiles: [Double] = []

    package init() {}
}

/// Whose figures they are.
package struct HistoryCgroup: Sendable, Hashable {
    package var cgroupID: UInt64
    package var path: String
    /// Namespace, kind and name of the owner; nil where that was not told.
    package var application: String?
    package var isLeaf: Bool
    /// Its minutes come from elsewhere.
    package var isImported = false
}

/// What a window has beside `Window`. Zero or nil where nothing is known.
package struct HistoryDetail: Sendable, Hashable {
    package var throttledNanoseconds: UInt64 = 0
    /// Some and full of CPU, memory and I/O: share of the time, `0...1`.
    package var pressure = [Float](repeating: 0, count: 6)
    package var cpuPeakCores: Float = 0
    package var cpuLimitCores: Float = 0
    package var memoryLimitBytes: UInt64?
}

/// Which plan it is.
package struct HistoryPlan: Sendable, Hashable {
    package var pool: String
    package var resource: Resource
    /// How much dearer a unit that is short is than one that stands idle, as a fraction: c/(1 + c).
    package var fraction: Double
    package var leadNanoseconds: Int64
}

/// A plan at one window's end, in the resource's unit.
package struct HistoryPlanFigures: Sendable, Hashable {
    package var demand = 0.0
    /// Of the peak over the lead, at the plan's quantile; nil before the first.
    package var forecast: Double?
    package var target = 0.0
    package var ready = 0.0
    package var pending = 0.0
}

/// A minute of one cgroup, its subtree included.
package struct HistoryMinute: Sendable {
    /// By measured resource, in its unit: over the time that was observed.
    package var means = InlineArray<6, Double>(repeating: 0)
    /// The highest window.
    package var peaks = InlineArray<6, Double>(repeating: 0)
    package var delayNanoseconds: UInt64 = 0
    package var throttledNanoseconds: UInt64 = 0
    /// At the minute's end, by measured resource: the quantiles of the peak over the first of the header's horizons;
    /// empty before the first.
    package var forecasts = InlineArray<6, [Double]>(repeating: [])
    /// At the minute's end, of CPU and of memory: the quantile nearest 0.95 of the peak over the last of the header's
    /// horizons, where it has several; nil before the first, and in files of before it was kept.
    package var longForecasts = InlineArray<2, Double?>(repeating: nil)

    package init() {}
}

/// A minute of one plan.
package struct HistoryPlanMinute: Sendable, Hashable {
    /// At the minute's end.
    package var last = HistoryPlanFigures()
    package var meanDemand = 0.0
    package var peakDemand = 0.0
    /// Capacity above demand and demand above capacity, summed over the time: unit-seconds.
    package var held = 0.0
    package var short = 0.0
    package var shortSeconds = 0.0
    package var seconds = 0.0
    /// Most that could be granted; nil: no limit known.
    package var allocatable: Double?
    /// Of matured forecasts; nil before the first.
    package var coverage: Double?
    /// What is known of the distribution of the peak that is planned on, at the minute's end; nil before the first, and in
    /// files of before it was kept.
    package var ladder: Ladder?

    package struct Ladder: Sendable, Hashable {
        /// That the peak is over.
        package var horizonNanoseconds: UInt64
        /// By the header's quantiles; nil for those that are not of this plan.
        package var values: [Double?]

        package init(horizonNanoseconds: UInt64, values: [Double?]) {
            self.horizonNanoseconds = horizonNanoseconds
            self.values = values
        }
    }
}

/// A minute of the agent.
package struct HistoryAgentMinute: Sendable, Hashable {
    package var cores = 0.0
    package var probeNanosecondsPerSecond = 0.0
    package var residentBytes = 0.0
    package var cgroups = 0
    /// Windows in it.
    package var windows = 0
}
