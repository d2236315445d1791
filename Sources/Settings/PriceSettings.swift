package import Aggregates

/// What capacity costs, and what it costs not to have it, in any one currency.
///
/// Amounts are as people are charged for them: cores, GiB, and GiB a second for network and disk.
package struct PriceSettings: Hashable, Sendable {
    /// Of one held for an hour.
    package var hold: Double?
    /// Of one missing for a second.
    package var short: Double?

    package init() {}

    /// What of the two is not given, as in `others`.
    func orElse(_ others: PriceSettings) -> PriceSettings {
        var both = self
        both.hold = hold ?? others.hold
        both.short = short ?? others.short
        return both
    }

    /// Cost of a unit short over that of a unit held; nil unless both are given.
    package var costRatio: Double? {
        guard let hold, let short else { return nil }
        return short * 3_600 / hold
    }

    /// Of one of the resource's own units (core, byte, byte a second) held for an hour.
    func holdPrice(of resource: Resource) -> Double? {
        hold.map { $0 / Self.units(of: resource) }
    }

    /// How many of a resource's own units prices are for.
    package static func units(of resource: Resource) -> Double {
        resource == .cpu || resource == .requests ? 1 : 0x1p30
    }
}
