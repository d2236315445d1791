internal import Glibc

/// Which quantiles of a forecast speak for a level: itself where it is among them, else those next
/// to it on both sides.
///
/// Between two, and beyond the last, values lie on a straight line over how seldom the level is
/// exceeded (its logarithm), as in `ForecastLadder.quantile`. O(levels).
package struct QuantileBracket: Bracket, Sendable, Hashable {
    /// Indices of the levels; equal when one speaks alone.
    package let lower: Int
    package let upper: Int
    /// Weight of `upper`; above 1 beyond the last level.
    package let share: Double

    /// - Parameters:
    ///   - level: the one asked for.
    ///   - levels: increasing, within `0..<1`; at least one.
    package init(level: Double, levels: [Double]) {
        let above = levels.firstIndex { $0 >= level }
        if above.map({ levels[$0] == level || $0 == 0 }) ?? (levels.count == 1) {
            lower = above ?? 0
            upper = lower
            share = 0
            return
        }
        upper = above ?? levels.count - 1
        lower = upper - 1
        share = Self.share(of: level, between: levels[lower], levels[upper])
    }

    /// Where a level lies between two others: 0 at `lower`, 1 at `upper`, more beyond it.
    static func share(of level: Double, between lower: Double, _ upper: Double) -> Double {
        let (low, high) = (rarity(lower), rarity(upper))
        return (rarity(min(level, 0.999_999_9)) - low) / (high - low)
    }

    /// How far a level is from the nearest of others, in how seldom they are exceeded.
    static func distance(_ level: Double, from others: [Double]) -> Double {
        others.reduce(.infinity) { min($0, (rarity($1) - rarity(level)).magnitude) }
    }

    private static func rarity(_ level: Double) -> Double { -log(1 - level) }

    /// `levels` with as many of `wanted` as there is room for, increasing: first those that are
    /// farthest from what is there, so that the others lie between.
    package static func merge(_ levels: [Double], _ wanted: [Double], room: Int) -> [Double] {
        var all = levels
        var left = wanted.filter { !levels.contains($0) }
        while all.count < room, let next = left.max(by: { distance($0, from: all) < distance($1, from: all) }) {
            all.append(next)
            left.removeAll { $0 == next }
        }
        return all.sorted()
    }
}
