/// What was left out or refused since the start, by reason.
package struct FleetCounts: Sendable, Hashable {
    /// Samples that were NaN, negative, or 1e18 or more.
    package internal(set) var unusable: UInt64 = 0
    /// Series without the label that names the application.
    package internal(set) var unnamed: UInt64 = 0
    /// Native histograms, which are no demand.
    package internal(set) var histograms: UInt64 = 0
    /// Applications in no pool, as of the last round.
    package internal(set) var outsidePools = 0
    /// Applications without a forecast of their own, as of the last round.
    package internal(set) var beyondLimit = 0
    /// Applications that went since the start.
    package internal(set) var retired: UInt64 = 0
    /// Values that were taken for another round because agents were missing.
    package internal(set) var held: UInt64 = 0

    static func + (a: FleetCounts, b: FleetCounts) -> FleetCounts {
        var sum = a
        sum.unusable += b.unusable
        sum.unnamed += b.unnamed
        sum.histograms += b.histograms
        sum.outsidePools += b.outsidePools
        sum.beyondLimit += b.beyondLimit
        sum.retired += b.retired
        sum.held += b.held
        return sum
    }
}
