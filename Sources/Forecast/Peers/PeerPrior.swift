/// What replicas of one application have learned, for a new one to start from: the seasons,
/// which experts are good, how wide their errors are. Levels are not in it: those the new
/// series has with its first sample.
///
/// In the series' own unit, so peers are what does the same work: one image, one pool. What they
/// know counts as a hundred labels at most, so that a series that differs learns so within a
/// day. Made when something starts, in 4 KiB and linear in the peers; using it copies 4 KiB.
package struct PeerPrior: Sendable {
    /// More peers than this tell nothing new.
    package static let peerLimit = 16
    /// Labels from which on a peer knows something.
    private static let leastLabels: UInt32 = 30
    /// What all peers together count as.
    private static let labels: Float = 100

    /// Replicas' mean errors lie within this factor.
    private static let likeness = 4.0

    /// A series that has seen nothing and knows what the peers know.
    let template: SeriesForecaster
    /// False if the peers' errors are too far apart for replicas: then only what has no unit is
    /// taken from them.
    package let areAlike: Bool
    /// Peers it was made of.
    package let peerCount: Int

    /// Peers of another configuration or with too few labels are left out, as are those after
    /// the first sixteen; `nil` if none is left.
    package init?(peers: [SeriesForecaster]) {
        var used: [SeriesForecaster] = []
        for peer in peers where used.count < Self.peerLimit {
            let knows = peer.leastLabels >= Self.leastLabels && peer.scale > 0
            let isAlike = used.isEmpty || peer.configuration == used[0].configuration
            if knows && isAlike { used.append(peer) }
        }
        guard let donor = used.max(by: { $0.leastLabels < $1.leastLabels }) else { return nil }
        let errors = used.map(\.typicalError)
        areAlike = errors.max()! <= Self.likeness * errors.min()!
        let storage = SeriesStorage.make(donor.configuration)
        let records = unsafe storage.records
        if areAlike {
            unsafe records.header.pointee.state.adopt(scale: donor.scale)
            unsafe records.seasons.pointee = donor.storage.records.seasons.pointee
        }
        for peer in used {
            let theirs = unsafe peer.storage.records
            // Powers of two: exact.
            let unit = Float(donor.scale / peer.scale)
            for lead in unsafe 0..<records.leadCount {
                let labels = unsafe theirs.horizons[lead].maturedLabels
                let share = Self.labels / Float(used.count) / Float(max(100, min(labels, 5_000)))
                if areAlike {
                    unsafe records.horizons[lead].adopt(
                        theirs.horizons[lead],
                        unit: unit,
                        share: 1 / Float(used.count)
                    )
                }
                let base = unsafe lead * records.quantileCount
                for index in unsafe base..<(base + records.quantileCount) {
                    unsafe records.quantiles[index].adopt(
                        theirs.quantiles[index],
                        level: donor.configuration.quantiles[index - base],
                        share: 1 / Float(used.count)
                    )
                    guard areAlike else { continue }
                    unsafe records.learners[index].mixture.adopt(
                        theirs.learners[index].mixture,
                        unit: unit,
                        share: share
                    )
                }
            }
            withExtendedLifetime(peer.storage) {}
        }
        withExtendedLifetime(storage) {}
        template = SeriesForecaster(storage: storage)
        peerCount = used.count
    }
}

extension SeriesForecaster {
    /// A new series that starts from what its peers have learned.
    package init(prior: PeerPrior) {
        self.init(storage: prior.template.storage.copy())
    }

    /// Labels of the lead time that has the fewest.
    fileprivate var leastLabels: UInt32 {
        let records = unsafe storage.records
        defer { withExtendedLifetime(storage) {} }
        var least = UInt32.max
        for lead in unsafe 0..<records.leadCount {
            least = unsafe min(least, records.horizons[lead].maturedLabels)
        }
        return least
    }

    /// Mean error of the first lead time's level, in the series' unit.
    fileprivate var typicalError: Double {
        let records = unsafe storage.records
        defer { withExtendedLifetime(storage) {} }
        return unsafe Double(records.horizons[0].levelError) / scale
    }

    fileprivate var scale: Double { storage.header.state.scale }
}
