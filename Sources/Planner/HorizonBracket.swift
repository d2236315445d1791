internal import Glibc

/// Which forecasts speak for a lead time: those of the horizons next to it on both sides.
///
/// Between the two the peak is taken to grow with the root of the lead, as the maximum of a random
/// walk does. A lead beyond all horizons has the nearest one. O(horizons).
package struct HorizonBracket: Bracket, Sendable, Hashable {
    /// Indices of the horizons; equal when one speaks alone.
    package let lower: Int
    package let upper: Int
    /// Weight of `upper`, `0...1`.
    package let share: Double
    /// The lead that the two together stand for, nanoseconds.
    package let leadNanoseconds: Int64

    /// - Parameters:
    ///   - lead: nanoseconds.
    ///   - horizons: positive nanoseconds in any order; at least one.
    package init(lead: Int64, horizons: [Int64]) {
        var below: Int?
        var above: Int?
        for (index, horizon) in horizons.enumerated() {
            if horizon <= lead, below.map({ horizons[$0] < horizon }) ?? true { below = index }
            if horizon >= lead, above.map({ horizons[$0] > horizon }) ?? true { above = index }
        }
        lower = below ?? above!
        upper = above ?? below!
        let (low, high) = (Double(horizons[lower]), Double(horizons[upper]))
        let isBetween = lower != upper && high > low
        share =
            isBetween
            ? (sqrt(Double(lead)) - sqrt(low)) / (sqrt(high) - sqrt(low)) : 0
        leadNanoseconds = isBetween ? lead : horizons[lower]
    }

    /// The index of the horizon with more weight.
    package var nearest: Int { share > 0.5 ? upper : lower }
}
