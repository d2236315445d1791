/// What the agent itself costs.
package struct SelfReport: Sendable {
    package var timeNanoseconds: UInt64 = 0
    package var ticks: UInt64 = 0
    package var cgroups: Int = 0
    /// CPU time of the agent's process since start.
    package var cpuNanoseconds: UInt64 = 0
    /// Share of one core since the last report.
    package var cpuCores: Double = 0
    package var residentBytes: UInt64 = 0
    /// BPF run time per second in the last measuring window; nil before the first. The walk's
    /// own programs run in the agent's time and are part of `cpuCores` too.
    package var probeNanosecondsPerSecond: Double?
    /// Tiers of probes that are off to keep within the budget.
    package var shedTiers: [String] = []
    package var walkNanoseconds: UInt64 = 0
    package var recordsDrained: Int = 0
    /// When the newest checkpoint was begun, Unix nanoseconds; nil before the first of this run.
    package var checkpointNanoseconds: UInt64?
    /// Checkpoints that could not be written.
    package var checkpointFailures: UInt64 = 0

    package init() {}
}
