package import Capacity
package import Forecast
internal import HeadroomABI

/// What can go wrong in the agent beside its engine.
package enum AgentFailure: Int, CaseIterable, Sendable {
    case checkpoint, limit, foreignLimit, provider, history, probe

    var loss: hr_agent_loss {
        switch self {
        case .checkpoint: HR_LOSS_CHECKPOINT_FAILED
        case .limit: HR_LOSS_LIMIT_NOT_SET
        case .foreignLimit: HR_LOSS_LIMIT_CHANGED
        case .provider: HR_LOSS_PROVIDER_FAILED
        case .history: HR_LOSS_HISTORY_TICK
        case .probe: HR_LOSS_PROBE_DETACHED
        }
    }
}

/// Everything besides ring records that one tick of the engine depends on. With the records,
/// it is what a recording holds: the engine has no clock and no other source.
package struct TickInput: Sendable, Hashable {
    /// What to add to CLOCK_MONOTONIC for Unix time, in nanoseconds.
    package var unixOffsetNanoseconds: Int64 = 0
    /// Seconds that the host's local time is ahead of UTC.
    package var utcOffsetSeconds: Int64 = 0
    /// CPU time of the whole host since boot, in nanoseconds.
    package var rootCPUNanoseconds: UInt64 = 0
    /// The kernel's losses since load, in the order of `hr_loss`.
    package var kernelLosses: [UInt64] = []
    package var recursionMisses: UInt64 = 0
    /// Intervals that passed without a tick since the last one.
    package var skippedTicks: UInt64 = 0
    /// What the probes did not measure in this window, as `hr_window_flags`.
    package var unobserved: UInt32 = 0
    /// What the provider has, by planned resource, in the order of the configuration.
    package var observations: [CapacityObservation?] = []

    /// What went wrong in the agent itself since its start, in the order of `AgentFailure`.
    package var failures: [UInt64] = []
    /// What is known of request rates, in the order of the configuration.
    package var rates: [ExpectedRates?] = []

    package init() {}
}
