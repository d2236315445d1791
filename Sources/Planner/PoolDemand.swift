/// What is known about one pool and resource when a plan is made.
package struct PoolDemand: Sendable, Hashable {
    /// Time of the sample, nanoseconds of any clock; what it has waited for goes on when it is set back.
    package var timeNanoseconds: Int64
    /// What the pool uses now, summed over its applications, in the resource's unit.
    package var demand: Double
    /// The pool's direct forecast of the peak over the lead time, at the configuration's
    /// `forecastQuantile`. `nil` until the forecaster is warm.
    package var quantileForecast: Double?
    /// The same forecast's quantiles, as far as they are known. Without two of them nothing is
    /// known of what a change is worth, and only the configured hysteresis and hold time decide.
    package var ladder: ForecastLadder
    /// The lead time that these are forecasts for; nil: as wanted.
    package var horizonNanoseconds: Int64?
    /// Capacity granted and usable now.
    package var ready: Double
    /// Capacity requested and not usable yet.
    package var pending: Double
    /// The most it can have now, because others want what there is too; nil: no such bound.
    package var ceiling: Double?
    /// The highest demand of the last lead time, where that is known: what of it whole chunks of `ceiling` do not cover is kept.
    package var inUse: Double
    /// What is used now is no guide to later: nothing is learned from it.
    package var isExceptional: Bool
    /// What is known to come on top of the forecast within the lead; not negative.
    package var scheduled: Double
    /// What is known of its requests; for the reasons only.
    package var requests: RequestOutlook?
    /// Ready beyond what was asked for, because chunks are whole: shown, and not planned with.
    package var surplus: Double
    /// The share of the window that was really observed, `0...1`.
    package var coverage: Double
    /// The largest contributors, at most three are told; for the reasons only.
    package var topContributors: [PoolContributor]
    /// How far the quantiles of all applications together are above what they use: what the
    /// buffer is divided by.
    package var contributorNeed: Double

    package init(
        timeNanoseconds: Int64,
        demand: Double,
        quantileForecast: Double?,
        ladder: ForecastLadder = ForecastLadder(),
        horizonNanoseconds: Int64? = nil,
        ready: Double,
        pending: Double = 0,
        ceiling: Double? = nil,
        inUse: Double = 0,
        isExceptional: Bool = false,
        scheduled: Double = 0,
        requests: RequestOutlook? = nil,
        surplus: Double = 0,
        coverage: Double = 1,
        topContributors: [PoolContributor] = [],
        contributorNeed: Double = 0
    ) {
        self.timeNanoseconds = timeNanoseconds
        self.demand = demand
        self.quantileForecast = quantileForecast
        self.ladder = ladder
        self.horizonNanoseconds = horizonNanoseconds
        self.ready = ready
        self.pending = pending
        self.ceiling = ceiling
        self.inUse = inUse
        self.isExceptional = isExceptional
        self.scheduled = scheduled
        self.requests = requests
        self.surplus = surplus
        self.coverage = coverage
        self.topContributors = topContributors
        self.contributorNeed = contributorNeed
    }
}
