/// Applications that share capacity: planned by their summed demand, as one.
package struct PoolDefinition: Sendable, Hashable {
    package var name: String
    /// Each cgroup of these is one application, with all that is in it.
    package var cgroups: [CgroupPattern]
    /// Higher ones are served first when all want more than the node has.
    package var priority: Int
    /// Share among pools of one priority; positive.
    package var weight: Double

    /// More are refused by the configuration: the shared table has so many places.
    package static let limit = 16

    package init(name: String, cgroups: [CgroupPattern], priority: Int = 0, weight: Double = 1) {
        self.name = name
        self.cgroups = cgroups
        self.priority = priority
        self.weight = weight
    }

    /// Which series of a checkpoint is this pool's: none of a pool with other cgroups.
    var seriesPath: String {
        Self.bounded("pool:\(name) ", cgroups.map(\.description).joined(separator: ","))
    }

    /// The longest name of a pool's series in bytes; a checkpoint's keys have room for 65 535.
    static let seriesPathLimit = 4_096

    /// A name that is no longer than `seriesPathLimit`: `text` that is too long for that is told by its length and FNV-1a of it.
    static func bounded(_ start: String, _ text: String) -> String {
        guard start.utf8.count + text.utf8.count > seriesPathLimit else { return start + text }
        return start + "\(text.utf8.count) bytes " + String(PeerGroup.hash(text), radix: 16)
    }
}

/// What a plan is for.
package enum PlanScope: Sendable, Hashable {
    /// All of the node that is in no pool.
    case node
    /// A pool, by its place in the configuration.
    case pool(Int)
    /// One cgroup whose limit is planned, by its path.
    case cgroup(String)
}

/// Where a cgroup belongs.
enum PoolMembership: Sendable, Hashable {
    case none
    /// It is one application of the pool.
    case member(Int)
    /// It is a part of one.
    case inside

    /// The first pool that names a cgroup has it.
    init(of path: String, in pools: [PoolDefinition]) {
        for (index, pool) in pools.enumerated() {
            for pattern in pool.cgroups {
                switch pattern.relation(to: path) {
                case .other: continue
                case .same: self = .member(index)
                case .inside: self = .inside
                }
                return
            }
        }
        self = .none
    }
}
