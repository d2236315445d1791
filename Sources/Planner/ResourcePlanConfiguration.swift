/// What one resource of one pool costs, how long it takes to come, and in what steps it comes.
package struct ResourcePlanConfiguration: Sendable, Hashable {
    /// Cost of one unit-second short over the cost of one unit-second held idle; positive.
    package var costRatio: Double
    /// Time from a request to usable capacity, nanoseconds; not negative.
    package var leadTimeNanoseconds: Int64
    /// The smallest step of capacity, in the resource's unit (cores, bytes, bytes/s); positive.
    package var chunk: Double
    /// The least capacity ever wanted, rounded up to whole chunks; not negative.
    package var minimum: Double
    /// The most capacity ever wanted, rounded down to whole chunks; at least one chunk and
    /// `minimum`. May be infinite.
    package var maximum: Double
    /// Capacity is lowered only when the need is at least this share lower, in `0..<1`; 0 leaves it
    /// to what a change is worth.
    package var downHysteresis: Double
    /// How long the need must have stayed that much lower, nanoseconds; not negative. Capacity goes
    /// no lower than the largest need of that time.
    package var downHoldNanoseconds: Int64

    /// The most that is asked for, and given back, within a minute; positive; nil: no limit. A
    /// chunk that is larger comes whole, and no other for as much longer.
    package var raisePerMinute: Double?
    package var lowerPerMinute: Double?

    /// The price of one unit held for an hour, in any currency; positive; nil: none is known. It
    /// decides nothing: the cost ratio does. It says what a saving is worth.
    package var holdPrice: Double?

    package init(
        costRatio: Double,
        leadTimeNanoseconds: Int64,
        chunk: Double,
        minimum: Double = 0,
        maximum: Double = .infinity,
        downHysteresis: Double = 0,
        downHoldNanoseconds: Int64 = 0,
        raisePerMinute: Double? = nil,
        lowerPerMinute: Double? = nil,
        holdPrice: Double? = nil
    ) {
        self.costRatio = costRatio
        self.leadTimeNanoseconds = leadTimeNanoseconds
        self.chunk = chunk
        self.minimum = minimum
        self.maximum = maximum
        self.downHysteresis = downHysteresis
        self.downHoldNanoseconds = downHoldNanoseconds
        self.raisePerMinute = raisePerMinute
        self.lowerPerMinute = lowerPerMinute
        self.holdPrice = holdPrice
    }

    /// Whether a whole number of chunks, at least one, lies between `minimum` and `maximum`: a
    /// planner is not to be had otherwise.
    package var holdsWholeChunks: Bool {
        ChunkGrid.exists(chunk: chunk, minimum: minimum, maximum: maximum)
    }

    /// The quantile of demand at which one more unit held costs as much as it saves:
    /// the newsvendor fraction `c_short / (c_short + c_hold)`, so 19 gives 0.95
    /// (Arrow, Harris and Marschak, 1951).
    package var fraction: Double { costRatio / (1 + costRatio) }

    /// The quantile of the peak over the lead time that the pool's forecast should be asked for:
    /// `fraction`, rounded, so that it prints as people would write it, and below 1, which is no
    /// quantile. Feedback around the executed plan makes up for what changes that are not made,
    /// chunks and the maximum over the lead add to it.
    package var forecastQuantile: Double { min(0.999_999, (fraction * 1e6).rounded() / 1e6) }
}
