internal import Agent
internal import Aggregates
internal import HeadroomABI
internal import Logging

/// What a tick brings until it is whole. By reference: an output is copied, a writer is not. One thread.
final class HistoryGathering {
    struct PlanKey: Hashable {
        let pool: String
        let resource: Resource
    }

    let options: HistoryOptions
    let logger: Logger
    var header: HistoryHeader
    var writer: HistoryWriter?
    var batch = HistoryBatch()
    private var planNumbers: [PlanKey: Int] = [:]
    /// Of cgroups' births and removals in this minute, and those without one.
    var lineCount = 0
    var linesLeftOut: UInt64 = 0
    private var numbers = HistoryNumbers()
    private var clock: MinuteClock
    /// A minute ended in a tick that was left out.
    private var isMinuteUntold = false
    private var lastRows = 0

    init(_ options: HistoryOptions, _ interval: UInt64, _ logger: Logger) {
        self.options = options
        self.logger = logger
        header = HistoryHeader()
        header.version = options.version
        header.intervalNanoseconds = interval
        header.hostname = HostName.current
        clock = MinuteClock(interval: interval)
    }

    func note(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {
        if cgroup.isRoot {
            batch.timeNanoseconds = window.end_ns
            batch.durationNanoseconds = window.elapsedNanoseconds
        }
        let (number, isNew) = numbers.number(of: cgroup, isLast: window.is_final != 0)
        if isNew {
            let known = HistoryCgroup(
                cgroupID: cgroup.cgroupID, path: cgroup.path, application: cgroup.workload?.application,
                isLeaf: cgroup.isLeaf)
            batch.cgroups.append((number, cgroup.index, known))
        }
        if batch.rows.isEmpty { batch.rows.reserveCapacity(lastRows + 16) }
        var row = HistoryBatch.Row(number: number, window: window)
        if let detail { row.take(detail) }
        batch.rows.append(row)
    }

    func number(of plan: HistoryPlan) -> Int {
        let key = PlanKey(pool: plan.pool, resource: plan.resource)
        if let known = planNumbers[key] { return known }
        let number = planNumbers.count
        planNumbers[key] = number
        batch.newPlans.append(plan)
        return number
    }

    /// Whether plans are to be told with their reasons: a minute ends with that tick, or has ended before it without them.
    func wantsReasons(at time: UInt64) -> Bool {
        let turn = clock.turn(at: time)
        return turn.isLast || turn.isOver || isMinuteUntold
    }

    func endTick(_ report: SelfReport) {
        // The first walk gives the root no window, but one to a cgroup that was born since the probes
        // were attached: kept for the next tick, it would have two there.
        if batch.durationNanoseconds == 0, let last = batch.rows.last?.window {
            batch.timeNanoseconds = last.end_ns
            batch.durationNanoseconds = last.elapsedNanoseconds
        }
        // Without any there was no walk.
        guard batch.durationNanoseconds > 0 else { return }
        batch.agent.cores = report.cpuCores
        batch.agent.probeNanosecondsPerSecond = report.probeNanosecondsPerSecond ?? 0
        batch.agent.residentBytes = Double(report.residentBytes)
        batch.agent.cgroups = report.cgroups
        let turn = clock.take(batch.timeNanoseconds)
        batch.startsMinute = turn.isOver
        batch.endsMinute = turn.isLast
        numbers.endTick(turn)
        if turn.isOver || turn.isLast {
            if linesLeftOut > 0 {
                batch.lines.append(
                    JSONSink.line { $0.churn(leftOut: linesLeftOut, timeNanoseconds: batch.timeNanoseconds) })
            }
            lineCount = 0
            linesLeftOut = 0
        }
        lastRows = batch.rows.count
        let whole = batch
        batch = HistoryBatch()
        guard let writer else { return }
        let isTaken = writer.take(whole)
        isMinuteUntold = !isTaken && (isMinuteUntold || whole.startsMinute || whole.endsMinute)
    }
}

extension HistoryBatch.Row {
    fileprivate mutating func take(_ detail: WindowDetail) {
        if detail.knows(HR_PART_THROTTLE) { throttledNanoseconds = detail.throttled_ns }
        unsafe withUnsafeBytes(of: detail.pressure) { raw in
            let shares = unsafe raw.bindMemory(to: Float.self)
            for index in pressure.indices {
                let share = unsafe shares[index]
                pressure[index] = share > 0 && detail.knows(HR_PART_PRESSURE) ? min(1, share) : 0
            }
        }
        if detail.knowsPeaks { cpuPeakCores = max(0, detail.cpu_peak_10ms_cores) }
        knowsCPULimit = detail.knows(HR_PART_CPU_LIMIT)
        knowsMemoryLimit = detail.knows(HR_PART_LIMITS)
        cpuLimitCores = max(0, detail.cpu_limit_cores)
        memoryLimitBytes = detail.memoryLimit ?? 0
    }
}
