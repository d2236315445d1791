internal import Aggregates
internal import Forecast

/// Cgroups that do the same work, as far as is known: containers of one application (`Workload`),
/// instances of one systemd template (`worker@1.service`, `worker@2.service`), else members of one pool.
///
/// A number, because thousands are compared; FNV-1a of the group's name, so that replays agree.
struct PeerGroup: Hashable, Sendable {
    /// Instances of one unit run the same program. Members of a pool may not, and then only
    /// CPU and memory are helped by what they know (docs/decisions/032).
    let areReplicas: Bool
    private let number: UInt64

    /// Nil for a cgroup that has no peers.
    init?(
        path: String, identity: CgroupIdentity? = nil, workload: Workload? = nil,
        membership: PoolMembership
    ) {
        if let identity, let workload {
            areReplicas = true
            // A pod is compared with pods, what lies inside of a container with its like.
            number = Self.hash(
                [
                    workload.application, identity.kind.rawValue, workload.container ?? "",
                    identity.inner,
                ].joined(separator: "\0"))
        } else if let template = Self.template(path) {
            areReplicas = true
            number = Self.hash(template)
        } else if case .member(let pool) = membership {
            areReplicas = false
            number = UInt64(pool)
        } else {
            return nil
        }
    }

    /// `/system.slice/worker@.service` of `/system.slice/worker@1.service`; also of one that systemd
    /// put into a slice of its template's: `/system.slice/system-worker.slice/worker@1.service`.
    private static func template(_ path: String) -> String? {
        let name = path.suffix(from: path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)
        guard let at = name.firstIndex(of: "@"), at != name.startIndex,
            let dot = name.lastIndex(of: "."), at < dot, name.index(after: at) != dot
        else { return nil }
        return String(path[...at]) + String(name[dot...])
    }

    /// FNV-1a.
    static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

/// What one group knows, by `Resource.measured`; nil where none of it knows enough.
struct PeerPriors: Sendable {
    private let priors: [PeerPrior?]

    /// Nil when the group knows nothing.
    init?(_ peers: [SeriesSet], areReplicas: Bool) {
        let helped: [Resource] = areReplicas ? Resource.measured : [.cpu, .memory]
        priors = Resource.measured.map { resource in
            guard helped.contains(resource) else { return nil }
            return PeerPrior(peers: peers.compactMap { $0.forecaster(resource) })
        }
        if priors.allSatisfy({ $0 == nil }) { return nil }
    }

    /// A series that starts from it.
    func start(_ resource: Resource) -> SeriesForecaster? {
        priors[Int(resource.rawValue)].map(SeriesForecaster.init(prior:))
    }
}
