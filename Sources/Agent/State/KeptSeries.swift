internal import Aggregates
internal import Forecast

/// What was learned of cgroups that are not there now, by path: a service that restarts gets it
/// back, and everything does after the agent's own restart.
///
/// Bounded: of cgroups that went, the last `limit`, for names that never come back (pods) must
/// not fill memory; of a checkpoint, all of it until `patience` has passed, in which what runs
/// has been met.
struct KeptSeries: Sendable {
    static let limit = 256
    static let patienceNanoseconds: Int64 = 900_000_000_000

    private struct Entry {
        var set: SeriesSet
        /// Whose peer it was; nil: nobody's.
        var group: PeerGroup?
        /// When it was kept: which place in `order` is its own.
        var stamp: UInt64
    }

    private var gone: [String: Entry] = [:]
    /// The oldest first; also of entries that were taken back.
    private var order: [(path: String, stamp: UInt64)] = []
    private var stamps: UInt64 = 0
    private var restored: [String: SeriesSet] = [:]
    private var restoredUntil: Int64?

    /// What is kept under `path`, which is its caller's then. A later cgroup of the same path has
    /// other processes.
    mutating func take(path: String, cgroupID: UInt64, generation: UInt64) -> SeriesSet? {
        guard var set = gone.removeValue(forKey: path)?.set ?? restored.removeValue(forKey: path) else {
            return nil
        }
        if set.cgroupID != cgroupID { set.noteRestart() }
        set.cgroupID = cgroupID
        set.generation = generation
        return set
    }

    mutating func keep(_ set: SeriesSet, path: String, group: PeerGroup?) {
        stamps += 1
        gone[path] = Entry(set: set, group: group, stamp: stamps)
        order.append((path, stamps))
        guard gone.count > Self.limit || order.count > 2 * Self.limit else { return }
        order.removeAll { gone[$0.path]?.stamp != $0.stamp }
        while gone.count > Self.limit { gone[order.removeFirst().path] = nil }
    }

    /// Of cgroups that went, those of the group, the last first.
    func gone(of group: PeerGroup) -> [SeriesSet] {
        gone.values.filter { $0.group == group }.sorted { $0.stamp > $1.stamp }.map(\.set)
    }

    /// Gives up what nobody has asked for.
    mutating func expire(now: Int64) {
        guard !restored.isEmpty else { return }
        let (latest, isBeyond) = now.addingReportingOverflow(Self.patienceNanoseconds)
        // No longer than that from now, where the clock was set back.
        let end = min(restoredUntil ?? .max, isBeyond ? .max : latest)
        restoredUntil = end
        if now >= end { restored = [:] }
    }

    /// For an engine that begins anew in the same run: what it is given back besides has its time to be met from then on.
    /// - Parameter areSamePools: else who were members of one pool are no peers by that any more.
    func carried(areSamePools: Bool) -> KeptSeries {
        var carried = self
        carried.restoredUntil = nil
        guard !areSamePools else { return carried }
        for path in carried.gone.keys where carried.gone[path]?.group?.areReplicas == false {
            carried.gone[path]?.group = nil
        }
        return carried
    }

    mutating func restore(_ forecaster: SeriesForecaster, _ key: SeriesKey) {
        restored[key.path, default: SeriesSet(generation: 0, cgroupID: key.cgroupID)]
            .restore(forecaster, of: key.resource)
    }

    func add(to checkpoint: inout Checkpoint) {
        for sets in [restored, gone.mapValues(\.set)] {
            for (path, set) in sets.sorted(by: { $0.key < $1.key }) {
                set.add(to: &checkpoint, path: path)
            }
        }
    }
}
