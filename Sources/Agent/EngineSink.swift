package import Aggregates
package import Capacity
package import Planner

/// Where the engine's results go: JSON lines, a screen, a test.
package protocol EngineSink {
    /// False spares the engine from building what `forecast` would ignore.
    static var readsForecasts: Bool { get }
    /// `detail` is nil when nothing happened in the window nor in the one before.
    mutating func window(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?)
    mutating func forecast(_ forecast: IssuedForecast)
    mutating func plan(_ decision: PlanDecision, _ pool: PoolReport)
    mutating func request(_ request: CapacityRequest, _ outcome: CapacityOutcome, provider: String)
    mutating func event(_ event: EngineEvent)
    /// A loss count rose.
    mutating func loss(_ cause: LossCause, total: UInt64, timeNanoseconds: UInt64)
}

extension EngineSink {
    package static var readsForecasts: Bool { true }
}

/// The quantiles of one series' peak over one lead time.
package struct IssuedForecast: Sendable {
    package let timeNanoseconds: UInt64
    package let cgroupID: UInt64
    package let path: String
    package let resource: Resource
    package let horizonNanoseconds: Int64
    package let quantiles: [Double]
    /// In the order of `quantiles`.
    package let values: [Double]

    package init(
        timeNanoseconds: UInt64, cgroupID: UInt64, path: String, resource: Resource,
        horizonNanoseconds: Int64, quantiles: [Double], values: [Double]
    ) {
        self.timeNanoseconds = timeNanoseconds
        self.cgroupID = cgroupID
        self.path = path
        self.resource = resource
        self.horizonNanoseconds = horizonNanoseconds
        self.quantiles = quantiles
        self.values = values
    }
}

/// What is known of the pool beside a plan.
package struct PoolReport: Sendable {
    package let name: String
    package let scope: PlanScope
    /// What is in no pool: all of the node without pools.
    package var isNode: Bool { scope == .node }
    /// Most that the provider can grant; nil when it knows no limit.
    package let allocatable: Double?
    /// The configured quantile nearest to the plan's fraction and the share of matured
    /// forecasts at it that covered the peak; nil before the first matured.
    package let quantile: Double
    package let coverage: Double?
    package let maturedForecasts: UInt64
    /// What is known of the distribution of the peak over the plan's lead; empty until that is known.
    package let ladder: ForecastLadder
    package let horizonNanoseconds: Int64
    /// Of the configuration, with those that cost ratios added.
    package let quantiles: [Double]
}

/// Something that happened once.
package enum EngineEvent: Sendable {
    case cgroupCreated(id: UInt64, path: String, timeNanoseconds: UInt64)
    case cgroupRemoved(id: UInt64, path: String, timeNanoseconds: UInt64)
    /// The kernel told something that does not wait for a window.
    case alarm(Alarm, timeNanoseconds: UInt64)
    /// The agent took probes off to keep within its budget, or put them back. `names` are all
    /// that are off now.
    case probesShed(names: [String], timeNanoseconds: UInt64)
    /// The host's clock went back by so much: times of windows do too. What was waited for goes on from there.
    case clockSetBack(nanoseconds: UInt64, timeNanoseconds: UInt64)
}
