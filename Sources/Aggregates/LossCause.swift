internal import HeadroomABI

/// Everything that can be lost on the way from a kernel event to a window, by cause.
/// The raw value indexes `losses` of the shared table; kernel causes come first.
package struct LossCause: Hashable, Sendable {
    package let index: Int
    /// Short stable name for JSON, metrics and tables.
    package let name: String
    /// What it means for the figures.
    package let meaning: String
    /// What an operator can do about it.
    package let remedy: String

    package static let kernelCount = Int(HR_LOSS_COUNT.rawValue)

    private init(_ cause: hr_loss, _ name: String, _ meaning: String, _ remedy: String) {
        index = Int(cause.rawValue)
        self.name = name
        self.meaning = meaning
        self.remedy = remedy
    }

    private init(_ cause: hr_agent_loss, _ name: String, _ meaning: String, _ remedy: String) {
        index = Int(cause.rawValue)
        self.name = name
        self.meaning = meaning
        self.remedy = remedy
    }

    package static let all: [LossCause] = [
        LossCause(
            HR_LOSS_SAMPLE_RING_FULL, "sample_ring_full",
            "the ring had no room for a whole walk, which took another pass; nothing is missing",
            "nothing to do; more memory for the ring (it grows with sampling.max_cgroups) makes walks shorter"),
        LossCause(
            HR_LOSS_CREATED_RING_FULL, "created_ring_full",
            "a cgroup's birth was not announced; its name was looked up later",
            "nothing to do unless it goes on: then the agent gets too little CPU to read its ring; see tick_skipped"),
        LossCause(
            HR_LOSS_REMOVED_RING_FULL, "removed_ring_full", "a cgroup's last interval was lost",
            "more cgroups ended within a window than are kept: shorten sampling.interval or raise sampling.max_cgroups"),
        LossCause(
            HR_LOSS_SLOT_OVERFLOW, "slot_overflow",
            "a cgroup found no slot; its events are counted in (other)",
            "raise sampling.max_cgroups above the number of cgroups on this host, and restart the agent"),
        LossCause(
            HR_LOSS_NET_NO_OWNER, "net_no_owner",
            "packets without a known socket cgroup, counted in (other)",
            "nothing to do: forwarded packets and sockets of the kernel have no cgroup"),
        LossCause(
            HR_LOSS_DISK_UNTRACKED, "disk_untracked",
            "requests whose start was not seen, counted in (other) without latency",
            "expected for a moment after the start; if it grows, see the disk source in `headroom doctor`"),
        LossCause(
            HR_LOSS_DISK_INFLIGHT_FULL, "disk_inflight_full",
            "the table of disk requests in flight was full",
            "report it with the disks' queue depths: no known device has so many requests in flight"),
        LossCause(
            HR_LOSS_DISK_LATE, "disk_late",
            "completions that were not seen: counted when the request was used again, without latency",
            "nothing to do: totals are exact, the latency of these requests is not known"),
        LossCause(
            HR_LOSS_DETAIL_RING_FULL, "detail_ring_full",
            "the ring had no room for a cgroup's details, which come with a later walk",
            "nothing to do unless it goes on: then raise sampling.max_cgroups, which makes the ring larger"),
        LossCause(
            HR_LOSS_BURST_RING_FULL, "burst_ring_full",
            "the ring had no room for steps of CPU time: a peak may be understated",
            "raise sampling.max_cgroups, which makes the ring larger, or give the agent more CPU"),
        LossCause(
            HR_LOSS_BURST_LATE, "burst_late",
            "a walk came too late for the steps of CPU time that are kept: no peaks from it",
            "give the agent CPU in time: see tick_skipped; windows above 1.1 s have no peaks at all"),
        LossCause(
            HR_LOSS_EVENT_RING_FULL, "event_ring_full",
            "an alarm was not told for want of room; totals have what it was about",
            "look what raises so many alarms (`headroom run --json`, events); raise alarms.stall"),
        LossCause(
            HR_LOSS_TICK_SKIPPED, "tick_skipped", "the agent was late by a whole interval",
            "give the agent CPU in time (systemd: CPUWeight=) or lengthen sampling.interval; a suspended host counts too"),
        LossCause(
            HR_LOSS_RECORD_MALFORMED, "record_malformed", "a ring record could not be read",
            "agent and probes are not of one build, or a fault: restart the agent, and report it if it comes back"),
        LossCause(
            HR_LOSS_TABLE_FULL, "table_full", "a cgroup found no place in the table",
            "raise sampling.max_cgroups above the number of cgroups on this host, and restart the agent"),
        LossCause(
            HR_LOSS_SAMPLE_MISSING, "sample_missing",
            "a cgroup had no sample in a walk; its next window is longer",
            "nothing to do: it happens to cgroups that come and go during a walk"),
        LossCause(
            HR_LOSS_NAME_UNKNOWN, "name_unknown", "a cgroup was sampled before its name was known",
            "nothing to do: the name is looked up at the end of that window"),
        LossCause(
            HR_LOSS_REMOVAL_MISSED, "removal_missed", "a cgroup went without a last record",
            "see removed_ring_full; the time since its last window is not counted"),
        LossCause(
            HR_LOSS_COUNTER_BACK, "counter_back", "a cumulative counter went back",
            "report it with the kernel's version: the window counts nothing for that cgroup"),
        LossCause(
            HR_LOSS_PATH_CUT, "path_cut", "a cgroup path was longer than the table holds",
            "shorten the cgroup's path below 512 bytes; its figures are right all the same"),
        LossCause(
            HR_LOSS_RECURSION, "recursion_misses",
            "program runs that the kernel skipped: already active on that CPU",
            "nothing to do while it is small beside the runs of `headroom maps progs`: each is one event not counted"),
        LossCause(
            HR_LOSS_RATE_UNKNOWN, "rate_unknown",
            "a file of hints.rates was away, stale or wrong at a tick",
            "see that the file's writer runs and writes within stale_after; the agent's log says what is wrong"),
        LossCause(
            HR_LOSS_CHECKPOINT_FAILED, "checkpoint_failed", "a checkpoint could not be written",
            "see the agent's log: state.directory must be writable and its disk not full"),
        LossCause(
            HR_LOSS_LIMIT_NOT_SET, "limit_not_set", "a cgroup's limit could not be written",
            "see the agent's log: the cgroup may be gone, or its controller is not on"),
        LossCause(
            HR_LOSS_LIMIT_CHANGED, "limit_changed",
            "somebody else changed a limit that Headroom had set",
            "let one manager set each limit: take the cgroup out of enforce.cgroups, or the limit from the other"),
        LossCause(
            HR_LOSS_PROVIDER_FAILED, "provider_failed",
            "the provider program ended, was silent, or said what was not understood",
            "see the agent's log and try the program by hand (docs/provider-program.md)"),
        LossCause(
            HR_LOSS_HISTORY_TICK, "history_tick",
            "the history on disk does not have a window: the disk was full, slow or failed",
            "see the agent's log: the history's directory must be writable and its disk neither full nor slow"),
        LossCause(
            HR_LOSS_PROBE_DETACHED, "probe_detached",
            "somebody else detached a program; it was attached again, and what passed in between is not counted",
            "find who detaches programs of others (`bpftool link detach`, another agent at the same cgroup)"),
        LossCause(
            HR_LOSS_CALL_REFUSED, "call_refused",
            "the agent made a system call that it is not to make, which was refused",
            "see the agent's log for its number and report it; security.seccomp: false goes without the filter"),
    ]
}
