/// Why one quantile at one lead time is what it is: what `headroom forecast CGROUP --why` shows.
///
/// A copy of what the forecaster knew after its last sample, in the series' unit. Made when
/// somebody asks; it allocates, the samples' path does not know of it.
package struct ForecastExplanation: Sendable, Hashable {
    /// One rule and its part in the forecast.
    package struct Expert: Sendable, Hashable {
        /// For people, such as "recent peak"; each occurs once.
        package let name: String
        /// Its part in the mixture, `0...1`; the parts sum to about 1.
        package let weight: Double
        /// What it alone would say; `nil` while it sleeps, because its season was not seen yet.
        package let forecast: Double?
    }

    /// A peak that came out above its forecast.
    package struct Miss: Sendable, Hashable {
        /// Unix seconds at which the forecast was issued.
        package let issuedSeconds: Int64
        package let forecast: Double
        package let peak: Double
    }

    /// A period the series may repeat.
    package struct Season: Sendable, Hashable {
        package let periodSeconds: Int64
        /// True once this phase of the period was seen in an earlier one.
        package let isSeen: Bool
        /// Usual level at this phase and usual peak within the lead time; 0 while not seen.
        package let usualLevel: Double
        package let usualPeak: Double
        /// How much less the season's peak errs than the level without it, `0...1`; 0 when the
        /// season tells nothing, or has not been seen.
        package let strength: Double
    }

    /// What would make the forecast another one.
    package enum Influence: Sendable, Hashable {
        /// Fewer labels came than it takes to know the spread; so many more.
        case moreLabels(Int)
        /// A period was not seen whole yet; from then on its experts speak.
        case seasonSeen(periodSeconds: Int64)
        /// Demand rose above everything that was forecast; the recent peak is held for one lead.
        case shiftOver
        /// The next label above the forecast raises it by about this much.
        case miss(raisesBy: Double)
        /// The next label below the forecast lowers it by about this much.
        case hit(lowersBy: Double)
    }

    package let leadNanoseconds: Int64
    package let quantile: Double
    /// The forecast itself, and the last sample's value and Unix second.
    package let forecast: Double
    package let present: Double
    package let presentSeconds: Int64
    /// By weight, the heaviest first.
    package let experts: [Expert]
    /// What the conformal step adds to the mixture, to keep the coverage.
    package let conformalShift: Double
    /// The shorter lead time whose forecast this one is, because it would be lower by a thousandth or more: the peak of a
    /// longer time is not. `nil` where it stands on its own.
    package let raisedByLeadNanoseconds: Int64?
    /// All labels so far.
    package let calibration: Calibration
    /// Covered share of about the last hundred labels; `nil` before the first.
    package let recentCoverage: Double?
    /// The newest miss; `nil` if there was none.
    package let lastMiss: Miss?
    /// The day and the hour.
    package let seasons: [Season]
    /// True once as many independent labels came as the quantile needs to be known at all,
    /// 1/(1 - quantile).
    package let isWarm: Bool
    package let influences: [Influence]
}
