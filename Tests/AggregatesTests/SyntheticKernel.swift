import HeadroomABI

/// The kernel's side of the ring in user space: a tree of cgroups with cumulative counters, and
/// the records that bpf/ writes about it. The truth that windows are compared with.
///
/// Time is the test's: it stands still until `pass`.
struct SyntheticKernel {
    typealias Counter = any WritableKeyPath<hr_sample, UInt64> & Sendable

    /// CLOCK_MONOTONIC now, in nanoseconds.
    private(set) var time: UInt64 = 5_000_000_000
    /// CPU time of the whole host since boot, in nanoseconds: what the root is given.
    private(set) var hostCPU: UInt64 = 77_000_000_000
    /// Counters of slot "other".
    var other = hr_sample()
    private(set) var walks: UInt64 = 0
    /// Paths of the cgroups there are, parents before children.
    private(set) var paths: [String] = []
    private var cgroups: [String: hr_sample] = [:]
    private var nextID: UInt64 = 1

    /// A kernel with only a root, whose id is 1.
    init() { _ = make("/") }

    func id(_ path: String) -> UInt64 { cgroups[path]!.cgroup_id }

    /// A cgroup's own cumulative counter; CPU covers its subtree.
    func count(_ path: String, _ counter: Counter) -> UInt64 { cgroups[path]![keyPath: counter] }

    mutating func pass(seconds: Double) { time += UInt64(seconds * 1e9) }

    /// Makes a cgroup.
    /// - Returns: the record of its birth.
    mutating func make(_ path: String, id: UInt64? = nil) -> [UInt8] {
        precondition(cgroups[path] == nil, "\(path) is there already")
        var sample = hr_sample()
        sample.cgroup_id = id ?? nextID
        nextID = max(nextID, sample.cgroup_id) + 1
        sample.flags = HR_SAMPLE_MEMORY_RSS.rawValue
        if path == "/" { sample.flags |= HR_SAMPLE_ROOT.rawValue }
        cgroups[path] = sample
        paths.append(path)
        return RingRecord.created(id: sample.cgroup_id, path: path, time: time)
    }

    /// Counts something that happened in a cgroup. CPU counts for every ancestor too, as rstat
    /// does, and for the host.
    mutating func use(_ path: String, _ counter: Counter, _ amount: UInt64) {
        cgroups[path]![keyPath: counter] &+= amount
        guard counter == \.cpu_usage_ns else { return }
        hostCPU += amount
        var above = path.parent
        while let next = above, next != "/" {
            cgroups[next]![keyPath: counter] &+= amount
            above = next.parent
        }
    }

    /// Sets a counter or gauge without anybody else noticing.
    mutating func set(_ path: String, _ counter: Counter, to value: UInt64) {
        cgroups[path]![keyPath: counter] = value
    }

    mutating func setFlags(_ path: String, _ flags: hr_sample_flags) {
        cgroups[path]!.flags = flags.rawValue
    }

    /// Removes a cgroup without children.
    /// - Returns: the record with its last counters.
    mutating func remove(_ path: String) -> [UInt8] {
        precondition(!paths.contains { $0.parent == path }, "\(path) has children")
        paths.removeAll { $0 == path }
        var sample = cgroups.removeValue(forKey: path)!
        sample.kind = HR_KIND_REMOVED.rawValue
        sample.time_ns = time
        // The tracepoint does not walk tasks, and a cgroup that can be removed has none.
        sample.memory_bytes = 0
        return RingRecord.bytes(of: sample)
    }

    /// One walk over all cgroups, root first.
    ///
    /// - Parameters:
    ///   - lost: cgroups whose sample found no room in the ring.
    ///   - order: the paths in the order that the walk meets them; nil for `paths`.
    mutating func walk(losing lost: Set<String> = [], order: [String]? = nil) -> [[UInt8]] {
        walks += 1
        var records: [[UInt8]] = []
        let paths = order ?? paths
        for path in paths where !lost.contains(path) {
            var sample = cgroups[path]!
            sample.kind = HR_KIND_SAMPLE.rawValue
            sample.walk = walks
            sample.time_ns = time
            records.append(RingRecord.bytes(of: sample))
        }
        var end = hr_walk_end()
        end.kind = HR_KIND_WALK_END.rawValue
        end.visited = UInt32(paths.count)
        end.walk = walks
        end.time_ns = time
        end.end_ns = time + 40_000
        end.other = other
        records.append(RingRecord.bytes(of: end))
        return records
    }
}

/// Bytes as they lie in the ring.
enum RingRecord {
    static func bytes<Record: BitwiseCopyable>(of record: Record) -> [UInt8] {
        unsafe withUnsafeBytes(of: record) { unsafe Array($0) }
    }

    /// The birth of a cgroup, padded to eight bytes as the kernel does.
    static func created(id: UInt64, path: String, time: UInt64) -> [UInt8] {
        created(id: id, pathBytes: Array(path.utf8), time: time)
    }

    static func created(id: UInt64, pathBytes: [UInt8], time: UInt64) -> [UInt8] {
        var record = bytes(of: HR_KIND_CREATED.rawValue)
        record += bytes(of: UInt32(pathBytes.count + 1))
        record += bytes(of: time)
        record += bytes(of: id)
        record += pathBytes + [0]
        while record.count % 8 != 0 { record.append(0) }
        return record
    }
}

extension String {
    /// The path of the cgroup that this one is in; nil for the root.
    var parent: String? {
        guard self != "/", let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return slash == startIndex ? "/" : String(self[..<slash])
    }

    var depth: Int { self == "/" ? 0 : utf8.count { $0 == UInt8(ascii: "/") } }
}
