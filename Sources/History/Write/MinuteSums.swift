internal import Aggregates
internal import HeadroomABI

/// Windows of a minute, added up. One thread.
struct MinuteSums {
    struct Cgroup {
        var sums = InlineArray<6, Double>(repeating: 0)
        var peaks = InlineArray<6, Double>(repeating: 0)
        var seconds = 0.0
        var delayNanoseconds: UInt64 = 0
        var throttledNanoseconds: UInt64 = 0

        var minute: HistoryMinute {
            var minute = HistoryMinute()
            for index in sums.indices { minute.means[index] = seconds > 0 ? sums[index] / seconds : 0 }
            minute.peaks = peaks
            minute.delayNanoseconds = delayNanoseconds
            minute.throttledNanoseconds = throttledNanoseconds
            return minute
        }
    }

    private(set) var cgroups: [Cgroup] = []
    private(set) var plans: [HistoryPlanMinute] = []
    /// By plan: the JSON line of the minute's end, where it has one.
    private(set) var planLines: [[UInt8]] = []
    private(set) var agent = HistoryAgentMinute()
    private(set) var endNanoseconds: UInt64 = 0
    private(set) var nanoseconds: UInt64 = 0

    var isEmpty: Bool { nanoseconds == 0 }

    mutating func add(_ batch: HistoryBatch) {
        endNanoseconds = batch.timeNanoseconds
        nanoseconds += batch.durationNanoseconds
        for row in batch.rows {
            while cgroups.count <= row.number { cgroups.append(Cgroup()) }
            let seconds = Double(row.window.elapsedNanoseconds) / 1e9
            cgroups[row.number].seconds += seconds
            cgroups[row.number].delayNanoseconds += row.window.delay_ns
            cgroups[row.number].throttledNanoseconds += row.throttledNanoseconds
            for resource in Resource.measured {
                let value = row.window.value(resource)
                let index = Int(resource.rawValue)
                cgroups[row.number].sums[index] += value * seconds
                cgroups[row.number].peaks[index] = max(cgroups[row.number].peaks[index], value)
            }
        }
        let seconds = Double(batch.durationNanoseconds) / 1e9
        for plan in batch.plans {
            while plans.count <= plan.number {
                plans.append(HistoryPlanMinute())
                planLines.append([])
            }
            plans[plan.number].add(plan, seconds)
        }
        if batch.endsMinute { take(reasonsOf: batch.plans) }
        let share = nanoseconds > 0 ? Double(batch.durationNanoseconds) / Double(nanoseconds) : 1
        agent.cores += (batch.agent.cores - agent.cores) * share
        agent.probeNanosecondsPerSecond = batch.agent.probeNanosecondsPerSecond
        agent.residentBytes = batch.agent.residentBytes
        agent.cgroups = batch.agent.cgroups
        agent.windows += 1
    }

    /// Why plans are as they are at the minute's end, of those that are in it.
    mutating func take(reasonsOf rows: [HistoryBatch.PlanRow]) {
        for row in rows where row.number < plans.count && plans[row.number].seconds > 0 {
            if !row.line.isEmpty { planLines[row.number] = row.line }
            if let ladder = row.ladder { plans[row.number].ladder = ladder }
        }
    }

    mutating func removeAll() {
        for index in cgroups.indices { cgroups[index] = Cgroup() }
        for index in plans.indices {
            plans[index] = HistoryPlanMinute()
            planLines[index] = []
        }
        agent = HistoryAgentMinute()
        nanoseconds = 0
    }
}

extension HistoryPlanMinute {
    fileprivate mutating func add(_ plan: HistoryBatch.PlanRow, _ duration: Double) {
        let figures = plan.figures
        last = figures
        seconds += duration
        meanDemand += (figures.demand - meanDemand) * (seconds > 0 ? duration / seconds : 1)
        peakDemand = max(peakDemand, figures.demand)
        let spare = figures.ready - figures.demand
        held += max(0, spare) * duration
        if spare < 0 {
            short -= spare * duration
            shortSeconds += duration
        }
        allocatable = plan.allocatable
        coverage = plan.coverage
    }
}
