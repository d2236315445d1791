/// A clock that was set back between two rounds: how long a round took is not known then, and is taken to be nothing.
///
/// What was measured from a time of before keeps its age, so that hold times, waits and leads under way go on and nobody waits until
/// the clock is there again. Value type; O(1).
struct ClockStep: Sendable {
    /// The last time before.
    private let last: Int64
    /// The first time after: earlier than `last`.
    let now: Int64

    /// Nil when time went on or stood still, and before the first round (`last` is `Int64.min`).
    init?(from last: Int64, to now: Int64) {
        guard now < last else { return nil }
        self.last = last
        self.now = now
    }

    /// Where a time of before lies now: as long ago as it did then. `Int64.min`, which stands for never, stays.
    func moved(_ time: Int64) -> Int64 {
        let (age, isBeyond) = last.subtractingReportingOverflow(time)
        guard !isBeyond else { return .min }
        let (moved, isBefore) = now.subtractingReportingOverflow(max(0, age))
        return isBefore ? .min : moved
    }

    /// Where a time to come lies now: as far ahead as it did then. `Int64.max`, which stands for never, stays.
    func movedAhead(_ time: Int64) -> Int64 {
        let (rest, isBeyond) = time.subtractingReportingOverflow(last)
        guard time != .max, !isBeyond else { return .max }
        let (moved, isAfter) = now.addingReportingOverflow(max(0, rest))
        return isAfter ? .max : moved
    }
}
