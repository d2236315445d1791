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
        /// At the end of a minute: what it was planned on.
        var ladder: HistoryPlanMinute.Ladder?
        /// The plan as a JSON line, at the end of a minute.
        var line: [UInt8]
    }

    var timeNanoseconds: UInt64 = 0
    var durationNanoseconds: UInt64 = 0
    /// This is the last tick of a minute.
    var endsMinute = false
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
