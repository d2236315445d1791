/// Several quantiles of one forecast: what is known of how the peak over the lead time is
/// distributed. At most eight; value type, no allocation.
package struct ForecastLadder: Sendable, Hashable {
    /// How many quantiles fit.
    package static let capacity = 8

    /// Increasing, within `0..<1`; what lies beyond `count` is 0.
    private var levels = SIMD8<Double>()
    /// Not decreasing, in the resource's unit.
    private var values = SIMD8<Double>()
    private(set) var count = 0

    func level(_ index: Int) -> Double { levels[index] }
    /// All values; 0 beyond `count`.
    var lanes: SIMD8<Double> { values }

    /// What lies above the highest quantile is on average this much further out than that is from
    /// the one below it.
    private static let tailReach = 0.7

    package init() {}

    /// Adds a quantile above all others. A value below the one before it is raised to that.
    /// - Returns: whether it was taken: the level increases, the value is finite, there is room.
    @discardableResult
    package mutating func append(level: Double, value: Double) -> Bool {
        guard count < Self.capacity, level >= 0, level < 1, value.isFinite else { return false }
        guard count == 0 || level > levels[count - 1] else { return false }
        levels[count] = level
        values[count] = count == 0 ? value : max(value, values[count - 1])
        count += 1
        return true
    }

    /// The quantile at one of the ladder's own levels; nil at any other.
    package func value(at level: Double) -> Double? {
        for index in 0..<count where levels[index] == level { return values[index] }
        return nil
    }

    /// Two quantiles at least are a distribution.
    package var isDistribution: Bool { count >= 2 }

    /// The same with `amount` more at every quantile.
    package func raised(by amount: Double) -> ForecastLadder {
        guard amount.isFinite else { return self }
        var ladder = self
        for index in 0..<count { ladder.values[index] += amount }
        return ladder
    }

    /// The quantile at `level`, which need not be one of the ladder's: straight lines between
    /// those, and between the last two drawn on above them, over how seldom the level is exceeded
    /// (its logarithm is what grows evenly in an exponential tail). - Precondition:
    /// `isDistribution`.
    package func quantile(_ level: Double) -> Double {
        if level <= levels[0] { return values[0] }
        var upper = 1
        while upper < count - 1, levels[upper] < level { upper += 1 }
        let share = QuantileBracket.share(of: level, between: levels[upper - 1], levels[upper])
        return values[upper - 1] + share * (values[upper] - values[upper - 1])
    }

    /// The expected cost of having `capacity` when idle capacity costs 1 and missing capacity
    /// `ratio` a unit, if the peak is what the ladder says plus `shift`.
    ///
    /// Probability is spread evenly between two quantiles, below the lowest it lies at it, and
    /// above the highest it is spread evenly over `tailReach` twice: so the cost has no corners,
    /// and one least place. - Precondition: `isDistribution`.
    package func expectedCost(of capacity: Double, shift: Double, ratio: Double) -> Double {
        let level = capacity - shift
        /// Of a peak that lies evenly between `low` and `high`.
        func cost(between low: Double, _ high: Double) -> Double {
            let middle = low + (high - low) / 2
            if level >= high { return level - middle }
            if level <= low { return ratio * (middle - level) }
            let idle = level - low
            let missing = high - level
            return (idle * idle + ratio * missing * missing) / (2 * (high - low))
        }
        var sum = levels[0] * cost(between: values[0], values[0])
        for index in 1..<count {
            sum += (levels[index] - levels[index - 1]) * cost(between: values[index - 1], values[index])
        }
        let last = values[count - 1]
        let end = last + 2 * Self.tailReach * (last - values[count - 2])
        return sum + (1 - levels[count - 1]) * cost(between: last, end)
    }
}
