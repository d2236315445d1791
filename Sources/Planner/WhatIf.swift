/// What a pool's plan would be at other prices or bounds, from what is forecast for it now.
///
/// The forecast's distribution is the present one, moved by what experience with the present
/// prices adds to it; what experience would add at others is not known. So it answers what would
/// change at once, not what weeks with the change would teach. Pure; O(quantiles).
package struct WhatIf: Sendable, Hashable {
    /// What is changed; nil stays as it is.
    package struct Change: Sendable, Hashable {
        package var costRatio: Double?
        package var chunk: Double?
        package var minimum: Double?
        package var maximum: Double?

        package init() {}
    }

    /// One side of the comparison; amounts in the resource's unit.
    package struct Side: Sendable, Hashable {
        package let costRatio: Double
        package let target: Double
        /// Capacity expected to stand idle, and demand expected to find none, at the peak over
        /// the lead.
        package let idle: Double
        package let short: Double
        /// Idle at 1, short at the cost ratio of the change.
        package let cost: Double
    }

    package let present: Side
    package let changed: Side

    /// - Returns: nil when the forecast is no distribution yet, or when no whole number of chunks
    ///   lies within the changed bounds.
    package init?(
        _ configuration: ResourcePlanConfiguration, demand: Double, ladder: ForecastLadder,
        shift: Double, change: Change
    ) {
        var other = configuration
        if let ratio = change.costRatio { other.costRatio = ratio }
        if let chunk = change.chunk { other.chunk = chunk }
        if let minimum = change.minimum { other.minimum = minimum }
        if let maximum = change.maximum { other.maximum = maximum }
        guard ladder.isDistribution, configuration.holdsWholeChunks, other.holdsWholeChunks else {
            return nil
        }
        func side(_ configuration: ResourcePlanConfiguration) -> Side {
            let grid = ChunkGrid(
                chunk: configuration.chunk, minimum: configuration.minimum,
                maximum: configuration.maximum)
            let need = max(demand, ladder.quantile(configuration.fraction) + shift)
            let target = grid.total(covering: need)
            let idle = ladder.expectedCost(of: target, shift: shift, ratio: 0)
            let short = ladder.expectedCost(of: target, shift: shift, ratio: 1) - idle
            return Side(
                costRatio: configuration.costRatio, target: target, idle: idle, short: short,
                cost: idle + other.costRatio * short)
        }
        present = side(configuration)
        changed = side(other)
    }
}
