package import Aggregates

/// What a reader of the history is told, in the order of time within a tier. All times are Unix nanoseconds.
package protocol HistoryVisitor {
    /// A file begins: numbers and gaps before it say nothing about what comes.
    mutating func begin(_ header: HistoryHeader, _ file: HistoryFile) throws(HistoryError)
    /// A window in which the cgroup did something, or whose memory was another than before. The others of a tick did
    /// nothing and hold what they held. Followed by `tick`.
    mutating func window(_ cgroup: HistoryCgroup, _ window: Window, _ detail: HistoryDetail) throws(HistoryError)
    mutating func plan(_ plan: HistoryPlan, _ figures: HistoryPlanFigures, timeNanoseconds: UInt64) throws(HistoryError)
    /// The end of one tick's windows and plans.
    mutating func tick(timeNanoseconds: UInt64, durationNanoseconds: UInt64) throws(HistoryError)
    /// A cgroup that was there for some of the minute. Followed by `minuteEnd`.
    mutating func minute(_ cgroup: HistoryCgroup, _ minute: HistoryMinute, timeNanoseconds: UInt64) throws(HistoryError)
    mutating func minuteEnd(timeNanoseconds: UInt64, durationNanoseconds: UInt64) throws(HistoryError)
    mutating func planMinute(_ plan: HistoryPlan, _ minute: HistoryPlanMinute, timeNanoseconds: UInt64) throws(HistoryError)
    mutating func agentMinute(_ minute: HistoryAgentMinute, timeNanoseconds: UInt64) throws(HistoryError)
    /// A JSON line of docs/json-lines.md, without its end.
    mutating func line(_ text: ArraySlice<UInt8>, timeNanoseconds: UInt64) throws(HistoryError)
}

extension HistoryVisitor {
    package mutating func begin(_ header: HistoryHeader, _ file: HistoryFile) {}
    package mutating func window(_ cgroup: HistoryCgroup, _ window: Window, _ detail: HistoryDetail) {}
    package mutating func plan(_ plan: HistoryPlan, _ figures: HistoryPlanFigures, timeNanoseconds: UInt64) {}
    package mutating func tick(timeNanoseconds: UInt64, durationNanoseconds: UInt64) {}
    package mutating func minute(_ cgroup: HistoryCgroup, _ minute: HistoryMinute, timeNanoseconds: UInt64) {}
    package mutating func minuteEnd(timeNanoseconds: UInt64, durationNanoseconds: UInt64) {}
    package mutating func planMinute(_ plan: HistoryPlan, _ minute: HistoryPlanMinute, timeNanoseconds: UInt64) {}
    package mutating func agentMinute(_ minute: HistoryAgentMinute, timeNanoseconds: UInt64) {}
    package mutating func line(_ text: ArraySlice<UInt8>, timeNanoseconds: UInt64) {}
}
