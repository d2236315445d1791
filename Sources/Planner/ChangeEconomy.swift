/// When a change of capacity is worth making: once staying put has cost as much as a change does.
///
/// This is ski rental (Karlin, Manasse, Rudolph and Sleator, 1988): paying the rent until it sums
/// up to the price, and then buying, never costs more than twice what hindsight would have. The
/// rent is the expected cost of what is held over that of what is wanted, second by second, from
/// the forecast's distribution; the price of a change is what the best plan costs in
/// `raisePriceSeconds` or `lowerPriceSeconds`. So a volatile series, whose plan is dear anyway,
/// is left alone for longer than a steady one, in any unit. Value type; O(1).
struct ChangeEconomy: Sendable {
    /// Figures: docs/decisions/042-a-cost-without-corners.md.
    static let raisePriceSeconds = 200.0
    static let lowerPriceSeconds = 75.0
    /// Time constant of the average that prices are taken from.
    static let memorySeconds = 15_000.0

    /// Expected cost of staying put, above the best, since the last change: unit-seconds held.
    private(set) var paid = 0.0
    /// Average expected cost of the best plan a second: units held.
    private var bestRate = 0.0
    private var observations = 0.0
    private var lastNanoseconds: Int64?

    /// Takes in one round.
    /// - Parameters:
    ///   - best: the expected cost a second of what is wanted.
    ///   - present: that of what is held.
    mutating func observe(best: Double, present: Double, at now: Int64) {
        // Amounts near the end of doubles: nothing can be said of their cost.
        guard best.isFinite, present.isFinite else { return }
        let (elapsed, overflow) = now.subtractingReportingOverflow(lastNanoseconds ?? now)
        let seconds = overflow ? 0 : max(0, Double(elapsed) / 1e9)
        // Rounds that come faster than a second apart, or first ones, count as one second.
        paid += max(0, present - best) * max(1, seconds)
        let weight = max(1 / (observations + 1), min(0.5, seconds / Self.memorySeconds))
        bestRate += weight * (best - bestRate)
        observations += 1
        lastNanoseconds = now
    }

    /// What a change costs now, unit-seconds held.
    func price(isRaise: Bool) -> Double {
        bestRate * (isRaise ? Self.raisePriceSeconds : Self.lowerPriceSeconds)
    }

    /// A change was made.
    mutating func reset() { paid = 0 }
}
