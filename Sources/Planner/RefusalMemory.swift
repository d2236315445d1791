/// Stops asking for what does not come: after ten refusals in a row a request is only made now and
/// then, to see whether capacity is back.
///
/// The wait starts at one lead time and doubles with every further refusal, up to an hour; a
/// grant, in full or in part, ends it. Value type; O(1).
package struct RefusalMemory: Sendable, Hashable {
    /// Refusals in a row until asking stops.
    package static let patience = 10
    package static let longestWaitNanoseconds: Int64 = 3_600_000_000_000

    /// Refusals since the last grant.
    package private(set) var inARow = 0
    private var lastNanoseconds = Int64.min
    private var waitNanoseconds: Int64 = 0

    package init() {}

    /// Whether nothing is asked for at `now`, and for how long still; `nil` when asking is fine.
    package func pause(at now: Int64) -> Int64? {
        guard inARow >= Self.patience else { return nil }
        let (elapsed, overflow) = now.subtractingReportingOverflow(lastNanoseconds)
        guard !overflow, elapsed < waitNanoseconds else { return nil }
        // A clock that went back must not make the wait longer than it is.
        return min(waitNanoseconds, waitNanoseconds - elapsed)
    }

    /// Nothing of a request was given.
    package mutating func refused(at now: Int64, leadTimeNanoseconds: Int64) {
        inARow += 1
        lastNanoseconds = now
        guard inARow >= Self.patience else { return }
        let doubled = waitNanoseconds.multipliedReportingOverflow(by: 2)
        let next = inARow == Self.patience ? max(leadTimeNanoseconds, 1_000_000_000) : doubled.0
        waitNanoseconds = min(next, Self.longestWaitNanoseconds)
    }

    /// The wait goes on as long as it had to.
    mutating func clockWentBack(_ step: ClockStep) { lastNanoseconds = step.moved(lastNanoseconds) }

    /// Something was given.
    package mutating func granted() {
        inARow = 0
        waitNanoseconds = 0
    }
}
