/// The capacity of one simulated pool over time: asked for at `t`, usable at `t + lead`.
///
/// What is wanted is always a total. More of it becomes usable one lead time after it was asked
/// for, exactly; less of it takes effect at once, and cancels the newest pending capacity before
/// it releases any that is ready. So under a constant lead what is usable at a time is the
/// smallest total wanted over the lead time before it. O(1) a call under a constant lead, linear
/// in what is pending where requests overtake each other.
package struct CapacityTimeline: Sendable {
    /// Usable now.
    package private(set) var ready: Double
    /// What is not usable yet, in the order it was asked for.
    private var arrivals: [Arrival] = []
    private var first = 0
    /// When the next of them is due.
    private var nextDueNanoseconds = Int64.max

    private struct Arrival: Sendable {
        var dueNanoseconds: Int64
        /// `ready` once this and all before it are there.
        var total: Double
    }

    package init(ready: Double) {
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
        guard nextDueNanoseconds <= time else { return }
        nextDueNanoseconds = .max
        var index = first
        while index < arrivals.count {
            if arrivals[index].dueNanoseconds > time {
                nextDueNanoseconds = min(nextDueNanoseconds, arrivals[index].dueNanoseconds)
                index += 1
            } else if index == first {
                ready = arrivals[index].total
                first += 1
                index += 1
            } else {
                overtake(index)
            }
        }
        guard first > 64 && first * 2 > arrivals.count else { return }
        arrivals.removeFirst(first)
        first = 0
    }

    /// What was asked for later came sooner: all that is still pending now ends higher.
    private mutating func overtake(_ index: Int) {
        let amount = arrivals[index].total - arrivals[index - 1].total
        ready += amount
        for earlier in first..<index - 1 { arrivals[earlier].total += amount }
        // To the bit, so that `total` stays what was wanted.
        arrivals[index - 1].total = arrivals[index].total
        arrivals.remove(at: index)
    }

    /// Changes the total wanted; more of it becomes usable at `dueNanoseconds`.
    package mutating func want(_ total: Double, dueNanoseconds: Int64) {
        if total > self.total {
            arrivals.append(Arrival(dueNanoseconds: dueNanoseconds, total: total))
            nextDueNanoseconds = min(nextDueNanoseconds, dueNanoseconds)
            return
        }
        if total <= ready {
            ready = total
            arrivals.removeAll(keepingCapacity: true)
            first = 0
            nextDueNanoseconds = .max
            return
        }
        // Part of an arrival may be cancelled; the rest of it still comes when it was due.
        while arrivals.count - first > 1 && arrivals[arrivals.count - 2].total >= total {
            arrivals.removeLast()
        }
        arrivals[arrivals.count - 1].total = total
    }
}
