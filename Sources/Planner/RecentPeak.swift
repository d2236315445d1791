/// The largest need of the last `spanNanoseconds`, both ends included, in fixed memory.
///
/// Keeps the needs that may still become the largest: falling, oldest first (the monotone queue
/// of sliding-window maxima). Amortised O(1) a value, no allocation. When more than 32 falling
/// values fit in the span, the newest are merged and stay longer: the answer is then an upper
/// bound, which only delays a release.
package struct RecentPeak: Sendable {
    let spanNanoseconds: Int64

    // The order is that of the cache lines a push touches: these, the oldest need, the newest.
    private var beganNanoseconds: Int64?
    private var first: UInt8 = 0
    private var count: UInt8 = 0
    private var kept = InlineArray<32, Need>(repeating: Need())

    private static let capacity = 32

    private struct Need: Sendable {
        var timeNanoseconds: Int64 = 0
        var amount = 0.0
    }

    package init(spanNanoseconds: Int64) {
        self.spanNanoseconds = spanNanoseconds
    }

    /// Adds a need at a time not before the last one.
    package mutating func push(_ need: Double, at time: Int64) {
        if beganNanoseconds == nil { beganNanoseconds = time }
        var count = Int(count)
        var first = Int(first)
        while count > 0,
            Self.elapsed(from: kept[first].timeNanoseconds, to: time) > spanNanoseconds
        {
            first = (first + 1) % Self.capacity
            count -= 1
        }
        while count > 0, kept[(first + count - 1) % Self.capacity].amount <= need { count -= 1 }
        // One need alone always lies in the same place: what is rarely read stays out of caches.
        if count == 0 { first = 0 }
        if count == Self.capacity {
            kept[(first + count - 1) % Self.capacity].timeNanoseconds = time
        } else {
            kept[(first + count) % Self.capacity] = Need(timeNanoseconds: time, amount: need)
            count += 1
        }
        self.first = UInt8(truncatingIfNeeded: first)
        self.count = UInt8(truncatingIfNeeded: count)
    }

    /// The largest need of the span that ends with the last push; infinite before any.
    package var value: Double { count > 0 ? kept[Int(first)].amount : .infinity }

    /// How long until every need above `level` has left the span, and the span is full: 0 or less
    /// means now, if nothing larger comes.
    func waitUntilBelow(_ level: Double, at time: Int64) -> Int64 {
        var start = beganNanoseconds ?? time
        for index in 0..<Int(count) {
            let need = kept[(Int(first) + index) % Self.capacity]
            if need.amount > level { start = need.timeNanoseconds }
        }
        return spanNanoseconds - Self.elapsed(from: start, to: time)
    }

    /// Whether the span is full: needs have been seen for that long.
    func isFull(at time: Int64) -> Bool {
        guard let began = beganNanoseconds else { return false }
        return Self.elapsed(from: began, to: time) >= spanNanoseconds
    }

    private static func elapsed(from start: Int64, to end: Int64) -> Int64 {
        let (difference, overflow) = end.subtractingReportingOverflow(start)
        return overflow ? .max : difference
    }
}
