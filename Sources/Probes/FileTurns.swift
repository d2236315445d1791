/// Whose files are read after a walk: cgroups that did something, in turn.
///
/// What is kept stays within some 40 bytes for each of `capacity` cgroups, however many come and go. Complexity:
/// O(1) a call, amortised. Not thread-safe.
package struct FileTurns: Sendable {
    /// Files of so many cgroups are read after a walk,
    package static let cgroupsPerWalk = 50
    /// and those of one cgroup not again for so many walks.
    package static let pause: UInt64 = 10

    private let capacity: Int
    /// Walks so far.
    package private(set) var walks: UInt64 = 0
    /// By id, the cgroups that are not due again yet.
    private var resting: [UInt64: Rest] = [:]
    /// In the order in which they were read. Some of them rest no more.
    private var rests: [(id: UInt64, walk: UInt64)] = []
    /// In turn. Some of them are due no more.
    private var due: [UInt64] = []
    private var isDue: Set<UInt64> = []
    /// The kernel tells a cgroup's end before its last details.
    private var lastRemoved: UInt64 = 0

    private struct Rest {
        /// In which it was read.
        let walk: UInt64
        /// It did something since.
        var isStale = false
    }

    /// - Parameter capacity: cgroups that can wait at once; those beyond are due when they next do something.
    package init(capacity: Int) { self.capacity = capacity }

    /// Entries held now, for those who watch that they are bounded.
    package var held: Int { due.count + isDue.count + resting.count + rests.count }

    /// A cgroup did something: it is read in its turn, or after its pause, though it may do nothing more then.
    package mutating func changed(_ id: UInt64) {
        guard id != 0, id != lastRemoved else { return }
        if resting[id] != nil {
            resting[id]?.isStale = true
        } else {
            line(up: id)
        }
    }

    private mutating func line(up id: UInt64) {
        guard isDue.count < capacity, isDue.insert(id).inserted else { return }
        due.append(id)
    }

    /// A cgroup has gone: it takes nobody's turn.
    package mutating func removed(_ id: UInt64) {
        lastRemoved = id
        resting[id] = nil
        guard isDue.remove(id) != nil, due.count > 2 * isDue.count + Self.cgroupsPerWalk else { return }
        due.removeAll { !isDue.contains($0) }
    }

    /// What was to be read was not there: the cgroup is due as soon as it does something.
    package mutating func missed(_ id: UInt64) { resting[id] = nil }

    /// A walk is over.
    /// - Returns: the cgroups whose turn it is, longest waiting first.
    package mutating func walked() -> [UInt64] {
        walks += 1
        endRests()
        var turn: [UInt64] = []
        var taken = 0
        while taken < due.count, turn.count < Self.cgroupsPerWalk {
            let id = due[taken]
            taken += 1
            guard isDue.remove(id) != nil else { continue }
            resting[id] = Rest(walk: walks)
            rests.append((id, walks))
            turn.append(id)
        }
        due.removeFirst(taken)
        return turn
    }

    /// Those whose pause is over are due if they did something in it.
    private mutating func endRests() {
        var ended = 0
        while ended < rests.count, rests[ended].walk + Self.pause < walks {
            let (id, walk) = rests[ended]
            ended += 1
            guard let rest = resting[id], rest.walk == walk else { continue }
            resting[id] = nil
            if rest.isStale { line(up: id) }
        }
        rests.removeFirst(ended)
    }
}
