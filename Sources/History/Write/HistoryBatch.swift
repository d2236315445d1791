internal import Aggregates

/// What the agent's thread hands over of one tick.
struct HistoryBatch: Sendable {
    struct Row: Sendable {
        var number: Int
        var window: Window
        var throttledNanoseconds: UInt64 = 0
        var pressure = InlineArray<6, Float>(repeating: 0)
        var cpuPeakCores: Float = 0
        /// Whether the limits are known in this window; else they are as they were.
        var knowsCPULimit = false
        var knowsMemoryLimit = false
        var cpuLimitCores: Float = 0
        /// 0: none.
        var memoryLimitBytes: UInt64 = 0
    }

    struct PlanRow: Sendable {
        var number: Int
        var figures: HistoryPlanFigures
        var allocatable: Double?
        var coverage: Double?
        /// At the end of a minute, or just after it: what it was planned on.
        var ladder: HistoryPlanMinute.Ladder?
        /// The plan as a JSON line, then too.
        var line: [UInt8]
    }

    /// Ticks before this one that were left out.
    struct Missing: Sendable {
        var ticks = 0
        /// Of theirs, beyond those that this batch has.
        var lines = 0
        /// A cgroup ended in one of them: what a file has told of it so far has no end.
        var hasLastWindow = false
    }

    var timeNanoseconds: UInt64 = 0
    var durationNanoseconds: UInt64 = 0
    /// The minute under way is over, and this tick is of another.
    var startsMinute = false
    /// This is the last tick of a minute.
    var endsMinute = false
    var missing = Missing()
    var rows: [Row] = []
    /// Who numbers are from here on, and where in the shared table.
    var cgroups: [(number: Int, slot: Int, cgroup: HistoryCgroup)] = []
    var plans: [PlanRow] = []
    var newPlans: [HistoryPlan] = []
    /// JSON, a line each without its end.
    var lines: [[UInt8]] = []
    var agent = HistoryAgentMinute()

    init() {}
}
