/// How long capacity takes to come, as learned from the grants that came: a decayed histogram of
/// request → ready in half-octaves, from an eighth of a second to a week.
///
/// Starts from what the configuration says, which counts as `priorGrants` grants; every grant
/// takes `decay` of the weight that earlier ones have, so that after some fifty grants a provider
/// that became slower is believed. A request that still waits is evidence too: its lead is at
/// least its age. Value type, fixed memory, no allocation; O(buckets) a call.
package struct LeadTimeDistribution: Sendable, Hashable {
    /// The configured lead counts as this many observed ones.
    package static let priorGrants = 3.0
    /// What is left of earlier grants' weight after one more.
    package static let decay = 0.97

    private static let bucketCount = 46
    /// Upper edge of the first bucket, nanoseconds.
    private static let firstEdge = 125_000_000.0

    private var weights = InlineWeights()
    /// Grants seen since the start; not decayed.
    package private(set) var grants: UInt64 = 0

    /// - Parameter configuredNanoseconds: the lead to believe before any grant; not negative.
    package init(configuredNanoseconds: Int64) {
        precondition(
            configuredNanoseconds >= 0, "a lead must not be negative, got \(configuredNanoseconds)")
        weights.add(Self.priorGrants, at: Self.bucket(configuredNanoseconds))
    }

    /// Learns from one grant: usable this long after it was asked for. A negative duration, from a
    /// clock that went back, counts as none.
    package mutating func granted(afterNanoseconds: Int64) {
        grants += 1
        weights.scale(Self.decay)
        weights.add(1, at: Self.bucket(max(0, afterNanoseconds)))
    }

    /// The lead that `share` of grants beat, nanoseconds. Within a bucket grants are taken to lie
    /// evenly, so it is off by less than 41 %.
    ///
    /// - Parameters:
    ///   - share: in `0...1`.
    ///   - waitingNanoseconds: the age of the oldest request that still waits. What came sooner
    ///     than that no longer counts; when all did, twice the age is the answer.
    package func quantile(_ share: Double, waitingNanoseconds: Int64 = 0) -> Int64 {
        let start = waitingNanoseconds > 0 ? Self.bucket(waitingNanoseconds) : 0
        let total = weights.sum(from: start)
        guard total > 1e-9 else {
            let (twice, overflow) = waitingNanoseconds.multipliedReportingOverflow(by: 2)
            return overflow ? .max : twice
        }
        var below = 0.0
        for index in start..<Self.bucketCount {
            below += weights[index]
            guard below >= share * total * (1 - 1e-12) else { continue }
            let low = max(index == 0 ? 0 : Self.edge(index - 1), min(waitingNanoseconds, Self.edge(index)))
            let within = weights[index] > 0 ? (below - share * total) / weights[index] : 0
            return Self.edge(index) - Int64(max(0, min(1, within)) * Double(Self.edge(index) - low))
        }
        return Self.edge(Self.bucketCount - 1)
    }

    mutating func pass(_ words: inout LearnedWords) {
        var seen = Int64(clamping: grants)
        words.pass(&seen, 0 ... .max)
        grants = UInt64(seen)
        weights.pass(&words)
    }

    /// Whether two leads count as one: they are in the same bucket.
    static func areAlike(_ one: Int64, _ other: Int64) -> Bool { bucket(one) == bucket(other) }

    /// Which bucket's upper edge is the first that is not below `nanoseconds`.
    private static func bucket(_ nanoseconds: Int64) -> Int {
        var index = 0
        while index < bucketCount - 1 && Double(edge(index)) < Double(nanoseconds) { index += 1 }
        return index
    }

    private static func edge(_ index: Int) -> Int64 {
        let octave = Double(1 << UInt64(index / 2))
        return Int64(firstEdge * octave * (index % 2 == 0 ? 1 : 2.0.squareRoot()))
    }

    private struct InlineWeights: Sendable, Hashable {
        private var values = InlineArray<46, Double>(repeating: 0)

        subscript(index: Int) -> Double { values[index] }

        mutating func add(_ weight: Double, at index: Int) { values[index] += weight }

        mutating func scale(_ factor: Double) {
            for index in values.indices { values[index] *= factor }
        }

        /// Never more than `priorGrants`, or than what one grant each leaves in the limit.
        mutating func pass(_ words: inout LearnedWords) {
            for index in values.indices { words.pass(&values[index], 0...(priorGrants + 1 / (1 - decay))) }
        }

        func sum(from start: Int) -> Double {
            var sum = 0.0
            for index in start..<values.count { sum += values[index] }
            return sum
        }

        static func == (left: Self, right: Self) -> Bool {
            left.values.indices.allSatisfy { left.values[$0] == right.values[$0] }
        }

        func hash(into hasher: inout Hasher) {
            for index in values.indices { hasher.combine(values[index]) }
        }
    }
}
