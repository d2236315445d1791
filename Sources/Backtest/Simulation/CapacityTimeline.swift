/// The capacity of one simulated pool over time: asked for at `t`, usable at `t + lead`.
///
/// What is wanted is always a total. More of it becomes usable one lead time after it was asked
/// for, exactly; less of it takes effect at once, and cancels the newest pending capacity before
/// it releases any that is ready. So what is usable at a time is the smallest total wanted over
/// the lead time before it. Amortised O(1) a call.
package struct CapacityTimeline: Sendable {
    package let leadNanoseconds: Int64
    /// Usable now.
    package private(set) var ready: Double
    /// Totals that become usable, rising with their time: only ever larger than `ready`.
    private var arrivals: [Arrival] = []
    private var first = 0

    private struct Arrival: Sendable {
        var dueNanoseconds: Int64
        var total: Double
    }

    package init(leadNanoseconds: Int64, ready: Double) {
        precondition(leadNanoseconds >= 0, "lead must not be negative, got \(leadNanoseconds)")
        self.leadNanoseconds = leadNanoseconds
        self.ready = ready
    }

    /// Ready and pending together: the total last wanted.
    package var total: Double {
        first < arrivals.count ? arrivals[arrivals.count - 1].total : ready
    }

    /// Wanted and not usable yet.
    package var pending: Double { total - ready }

    /// Makes usable what is due by `time`.
    package mutating func advance(to time: Int64) {
        while first < arrivals.count && arrivals[first].dueNanoseconds <= time {
            ready = arrivals[first].total
            first += 1
        }
        guard first > 64 && first * 2 > arrivals.count else { return }
        arrivals.removeFirst(first)
        first = 0
    }

    /// Changes the total wanted.
    package mutating func want(_ total: Double, at time: Int64) {
        if total > self.total {
            arrivals.append(Arrival(dueNanoseconds: time + leadNanoseconds, total: total))
            return
        }
        if total <= ready {
            ready = total
            arrivals.removeAll(keepingCapacity: true)
            first = 0
            return
        }
        // Part of an arrival may be cancelled; the rest of it still comes when it was due.
        while arrivals.count - first > 1 && arrivals[arrivals.count - 2].total >= total {
            arrivals.removeLast()
        }
        arrivals[arrivals.count - 1].total = total
    }
}
