internal import Aggregates
internal import HeadroomABI

/// What ticks that were left out told once and for all: the next one that is kept tells it in their place. One thread.
///
/// Memory: a name for each number, and `lineLimit` lines.
struct RefusedTicks {
    /// By number, the newest.
    private var cgroups: [Int: (slot: Int, cgroup: HistoryCgroup)] = [:]
    private var newPlans: [HistoryPlan] = []
    private var lines: [[UInt8]] = []
    private var count = 0
    private var linesLeftOut = 0
    private var hasLastWindow = false
    /// A minute ended with one of them, or before it.
    private(set) var hasMinuteEnd = false
    /// JSON lines that are kept: requests, alarms, births and removals.
    static let lineLimit = 600

    mutating func add(_ batch: HistoryBatch) {
        count += 1
        for (number, slot, cgroup) in batch.cgroups { cgroups[number] = (slot, cgroup) }
        newPlans += batch.newPlans
        let kept = batch.lines.prefix(Self.lineLimit - lines.count)
        lines += kept
        linesLeftOut += batch.lines.count - kept.count
        hasMinuteEnd = hasMinuteEnd || batch.startsMinute || batch.endsMinute
        hasLastWindow = hasLastWindow || batch.rows.contains { $0.window.is_final != 0 }
    }

    /// Has `batch` tell it, before its own.
    mutating func hand(to batch: inout HistoryBatch) {
        guard count > 0 else { return }
        batch.cgroups = cgroups.map { (number: $0.key, slot: $0.value.slot, cgroup: $0.value.cgroup) } + batch.cgroups
        batch.newPlans = newPlans + batch.newPlans
        batch.lines = lines + batch.lines
        batch.startsMinute = batch.startsMinute || hasMinuteEnd
        batch.missing = HistoryBatch.Missing(ticks: count, lines: linesLeftOut, hasLastWindow: hasLastWindow)
        self = RefusedTicks()
    }
}
