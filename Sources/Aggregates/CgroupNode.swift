/// What the agent keeps of one cgroup besides its slot in the shared table.
struct CgroupNode: Sendable {
    var id: UInt64
    /// Counts tenants of this index, so that others can tell a new cgroup from an old one.
    var generation: UInt64
    /// Index of the parent's node; -1 for the root and while the path is unknown.
    var parent: Int32 = -1
    var path: String?
    /// What `path` tells; made with it, read at each window.
    var identity: CgroupIdentity?
    /// Whose work it does, as `Aggregates.pods` has it.
    var workload: Workload?
    /// The cgroup's own counters from its newest sample.
    var own = Counters()
    /// What `own` had counted before its counters went back, if they ever did.
    var restarts = Counters()
    /// What children that are gone had counted.
    var retired = Counters()
    /// CPU time that children which are gone used since the newest sample.
    var goneCPU: UInt64 = 0
    /// The subtree's totals when the last window closed.
    var base = Counters()
    /// Time of `base`, in nanoseconds of CLOCK_MONOTONIC.
    var baseTime: UInt64 = 0
    /// False until there is something to take differences from.
    var hasBase = false
    /// Time of the newest sample; equal to `baseTime` when nothing new has come.
    var sampleTime: UInt64 = 0
    /// Walk of the newest sample.
    var walk: UInt64 = 0
    var flags: UInt32 = 0
    var isRemoved = false
    /// Sums of the children in the pass that is under way.
    var children = Counters()
}
