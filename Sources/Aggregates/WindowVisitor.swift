/// What consumes closed windows: once a cgroup and tick, parents before children.
package protocol WindowVisitor {
    /// A cgroup was made while the agent watched, at `time` (Unix nanoseconds).
    mutating func born(cgroupID: UInt64, path: String, timeNanoseconds: UInt64)

    /// `window` has just closed for `cgroup`. `detail` is nil when nothing happened in it nor in
    /// the one before. `forecasts` is room for those to show beside it,
    /// used again for the next cgroup and not cleared in between.
    /// - Returns: whether `forecasts` was filled.
    mutating func visit(
        _ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?,
        _ forecasts: inout ForecastCells
    ) -> Bool

    /// `cgroup` is gone; `window` was its last interval.
    mutating func retire(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?)
}

/// Whose window it is. `index` is small and dense, and reused: `generation` tells tenants apart.
package struct WindowSubject: Sendable {
    package let index: Int
    package let generation: UInt64
    package let cgroupID: UInt64
    package let path: String
    /// What the path tells, or nil when it tells nothing.
    package let identity: CgroupIdentity?
    /// Whose work it does, or nil when that was not told.
    package let workload: Workload?
    package let isRoot: Bool
    /// No cgroups inside: a workload rather than a group of them.
    package let isLeaf: Bool

    package init(
        index: Int, generation: UInt64, cgroupID: UInt64, path: String,
        identity: CgroupIdentity?, workload: Workload? = nil, isRoot: Bool, isLeaf: Bool
    ) {
        self.index = index
        self.generation = generation
        self.cgroupID = cgroupID
        self.path = path
        self.identity = identity
        self.workload = workload
        self.isRoot = isRoot
        self.isLeaf = isLeaf
    }
}
