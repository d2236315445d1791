internal import HeadroomABI

/// Everything that can be lost on the way from a kernel event to a window, by cause.
/// The raw value indexes `losses` of the shared table; kernel causes come first.
package struct LossCause: Hashable, Sendable {
    package let index: Int
    /// Short stable name for JSON, metrics and tables.
    package let name: String
    /// What it means for the figures.
    package let meaning: String

    package static let kernelCount = Int(HR_LOSS_COUNT.rawValue)

    private init(_ cause: hr_loss, _ name: String, _ meaning: String) {
        index = Int(cause.rawValue)
        self.name = name
        self.meaning = meaning
    }

    private init(_ cause: hr_agent_loss, _ name: String, _ meaning: String) {
        index = Int(cause.rawValue)
        self.name = name
        self.meaning = meaning
    }

    package static let all: [LossCause] = [
        LossCause(
            HR_LOSS_SAMPLE_RING_FULL, "sample_ring_full",
            "the ring had no room for a whole walk, which took another pass; nothing is missing"),
        LossCause(
            HR_LOSS_CREATED_RING_FULL, "created_ring_full",
            "a cgroup's birth was not announced; its name was looked up later"),
        LossCause(
            HR_LOSS_REMOVED_RING_FULL, "removed_ring_full", "a cgroup's last interval was lost"),
        LossCause(
            HR_LOSS_SLOT_OVERFLOW, "slot_overflow",
            "a cgroup found no slot; its events are counted in (other)"),
        LossCause(
            HR_LOSS_NET_NO_OWNER, "net_no_owner",
            "packets without a known socket cgroup, counted in (other)"),
        LossCause(
            HR_LOSS_DISK_UNTRACKED, "disk_untracked",
            "requests whose start was not seen, counted in (other) without latency"),
        LossCause(
            HR_LOSS_DISK_INFLIGHT_FULL, "disk_inflight_full",
            "the table of disk requests in flight was full"),
        LossCause(
            HR_LOSS_DISK_LATE, "disk_late",
            "completions that were not seen: counted when the request was used again, without latency"),
        LossCause(
            HR_LOSS_DETAIL_RING_FULL, "detail_ring_full",
            "the ring had no room for a cgroup's details, which come with a later walk"),
        LossCause(
            HR_LOSS_BURST_RING_FULL, "burst_ring_full",
            "the ring had no room for steps of CPU time: a peak may be understated"),
        LossCause(
            HR_LOSS_BURST_LATE, "burst_late",
            "a walk came too late for the steps of CPU time that are kept: no peaks from it"),
        LossCause(
            HR_LOSS_EVENT_RING_FULL, "event_ring_full",
            "an alarm was not told for want of room; totals have what it was about"),
        LossCause(
            HR_LOSS_TICK_SKIPPED, "tick_skipped", "the agent was late by a whole interval"),
        LossCause(
            HR_LOSS_RECORD_MALFORMED, "record_malformed", "a ring record could not be read"),
        LossCause(HR_LOSS_TABLE_FULL, "table_full", "a cgroup found no place in the table"),
        LossCause(
            HR_LOSS_SAMPLE_MISSING, "sample_missing",
            "a cgroup had no sample in a walk; its next window is longer"),
        LossCause(
            HR_LOSS_NAME_UNKNOWN, "name_unknown", "a cgroup was sampled before its name was known"),
        LossCause(
            HR_LOSS_REMOVAL_MISSED, "removal_missed", "a cgroup went without a last record"),
        LossCause(HR_LOSS_COUNTER_BACK, "counter_back", "a cumulative counter went back"),
        LossCause(HR_LOSS_PATH_CUT, "path_cut", "a cgroup path was longer than the table holds"),
        LossCause(
            HR_LOSS_RECURSION, "recursion_misses",
            "program runs that the kernel skipped: already active on that CPU"),
        LossCause(
            HR_LOSS_RATE_UNKNOWN, "rate_unknown",
            "a file of hints.rates was away, stale or wrong at a tick"),
        LossCause(
            HR_LOSS_CHECKPOINT_FAILED, "checkpoint_failed", "a checkpoint could not be written"),
        LossCause(HR_LOSS_LIMIT_NOT_SET, "limit_not_set", "a cgroup's limit could not be written"),
        LossCause(
            HR_LOSS_LIMIT_CHANGED, "limit_changed",
            "somebody else changed a limit that Headroom had set"),
        LossCause(
            HR_LOSS_PROVIDER_FAILED, "provider_failed",
            "the provider program ended, was silent, or said what was not understood"),
        LossCause(
            HR_LOSS_HISTORY_TICK, "history_tick",
            "the history on disk does not have a window: the disk was full, slow or failed"),
    ]
}
