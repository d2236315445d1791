internal import Aggregates

/// Numbers of cgroups in the files: a tenant keeps its own until the minute after its end. One thread.
struct HistoryNumbers {
    private struct Tenant {
        var generation: UInt64
        var number: Int
        var isNamed: Bool
    }

    /// By place in the table.
    private var tenants: [Tenant?] = []
    private var free: [Int] = []
    /// Of the minute under way: in ticks that are over, and in the one that is not.
    private var ended: [Int] = []
    private var endedNow: [Int] = []
    private var next = 0

    /// - Returns: whether it has to be said who that is.
    mutating func number(of cgroup: WindowSubject, isLast: Bool) -> (number: Int, isNew: Bool) {
        while tenants.count <= cgroup.index { tenants.append(nil) }
        var tenant: Tenant
        var isNew = false
        if let known = tenants[cgroup.index], known.generation == cgroup.generation {
            tenant = known
            // A pod's name comes later.
            isNew = !known.isNamed && cgroup.workload != nil
        } else {
            // One that went without a last window.
            if let gone = tenants[cgroup.index] { endedNow.append(gone.number) }
            isNew = true
            tenant = Tenant(generation: cgroup.generation, number: free.popLast() ?? next, isNamed: false)
            if tenant.number == next { next += 1 }
        }
        tenant.isNamed = cgroup.workload != nil
        tenants[cgroup.index] = isLast ? nil : tenant
        if isLast { endedNow.append(tenant.number) }
        return (tenant.number, isNew)
    }

    /// All numbers of a tick were asked for. Those that ended are free once their minute is over.
    mutating func endTick(_ turn: MinuteClock.Turn) {
        if turn.isOver { release() }
        ended += endedNow
        endedNow.removeAll(keepingCapacity: true)
        if turn.isLast { release() }
    }

    private mutating func release() {
        free += ended
        ended.removeAll(keepingCapacity: true)
    }
}
