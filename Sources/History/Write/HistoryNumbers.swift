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
    private var ended: [Int] = []
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
            if let gone = tenants[cgroup.index] { ended.append(gone.number) }
            isNew = true
            tenant = Tenant(generation: cgroup.generation, number: free.popLast() ?? next, isNamed: false)
            if tenant.number == next { next += 1 }
        }
        tenant.isNamed = cgroup.workload != nil
        tenants[cgroup.index] = isLast ? nil : tenant
        if isLast { ended.append(tenant.number) }
        return (tenant.number, isNew)
    }

    mutating func endMinute() {
        free += ended
        ended.removeAll()
    }
}
