/// The largest need of the last `spanNanoseconds`, both ends included, in fixed memory.
///
/// Keeps the needs that may still become the largest: falling, oldest first (the monotone queue
/// of sliding-window maxima). Amortised O(1) a value, no allocation. When more than 32 falling
/// values fit in the span, the newest are merged and stay longer: the answer is then an upper
/// bound, which only delays a release.
package struct RecentPeak: Sendable {
    let spanNanoseconds: Int64

    private static let capacity = 32
    private var times = InlineArray<32, Int64>(repeating: 0)
    private var needs = InlineArray<32, Double>(repeating: 0)
    private var first = 0
    private var count = 0
    private var beganNanoseconds: Int64?
    private var lastNanoseconds = Int64.min

    package init(spanNanoseconds: Int64) {
        self.spanNanoseconds = spanNanoseconds
    }

    /// Adds a need. At a time before the last one, as when a clock was set back, what came before is as old as it was then.
    package mutating func push(_ need: Double, at time: Int64) {
        if let step = ClockStep(from: lastNanoseconds, to: time) {
            beganNanoseconds = beganNanoseconds.map(step.moved)
            for index in 0..<count { times[slot(index)] = step.moved(times[slot(index)]) }
        }
        lastNanoseconds = time
        if beganNanoseconds == nil { beganNanoseconds = time }
        while count > 0 && RecentPeak.elapsed(from: times[first], to: time) > spanNanoseconds {
            first = (first + 1) % RecentPeak.capacity
            count -= 1
        }
        while count > 0 && needs[slot(count - 1)] <= need { count -= 1 }
        if count == RecentPeak.capacity {
            times[slot(count - 1)] = time
            return
        }
        times[slot(count)] = time
        needs[slot(count)] = need
        count += 1
    }

    /// The largest need of the span that ends with the last push; infinite before any.
    package var value: Double { count > 0 ? needs[first] : .infinity }

    /// How long until every need above `level` has left the span, and the span is full: 0 or less
    /// means now, if nothing larger comes.
    func waitUntilBelow(_ level: Double, at time: Int64) -> Int64 {
        var start = beganNanoseconds ?? time
        for index in 0..<count where needs[slot(index)] > level { start = times[slot(index)] }
        return spanNanoseconds - RecentPeak.elapsed(from: start, to: time)
    }

    /// Whether the span is full: needs have been seen for that long.
    func isFull(at time: Int64) -> Bool {
        guard let began = beganNanoseconds else { return false }
        return RecentPeak.elapsed(from: began, to: time) >= spanNanoseconds
    }

    private func slot(_ index: Int) -> Int { (first + index) % RecentPeak.capacity }

    private static func elapsed(from start: Int64, to end: Int64) -> Int64 {
        let (difference, overflow) = end.subtractingReportingOverflow(start)
        return overflow ? .max : difference
    }
}
