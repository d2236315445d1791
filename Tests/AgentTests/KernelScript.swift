import HeadroomABI

/// Ring records as a kernel with a root and some cgroups would write them: each walk adds what
/// the cgroups used to their cumulative counters. Time is the script's own.
struct KernelScript {
    /// What one cgroup uses, in the units of windows.
    struct Usage {
        var cores = 0.0
        var memoryBytes = 0.0
        var receivedBytesPerSecond = 0.0
        var writtenBytesPerSecond = 0.0
    }

    /// Unix time is this much ahead of CLOCK_MONOTONIC.
    static let unixOffset: Int64 = 1_760_000_000_000_000_000

    /// CLOCK_MONOTONIC, in nanoseconds.
    private(set) var time: UInt64 = 100_000_000_000
    /// CPU time of the host since boot, in nanoseconds.
    private(set) var hostCPU: UInt64 = 1_234_567_890
    private(set) var paths: [String] = []
    private var samples: [hr_sample] = []
    private var walks: UInt64 = 0
    private var nextID: UInt64 = 1

    /// A root and cgroups `/app0`, `/app1` and so on.
    init(cgroups: Int) {
        _ = make("/")
        samples[0].flags |= HR_SAMPLE_ROOT.rawValue
        for index in 0..<cgroups { _ = make("/app\(index)") }
    }

    /// What a scan of the tree finds.
    var tree: [(id: UInt64, path: String)] {
        zip(samples, paths).map { (id: $0.cgroup_id, path: $1) }
    }

    /// - Returns: the record of the birth.
    mutating func make(_ path: String) -> [UInt8] {
        var sample = hr_sample()
        sample.cgroup_id = nextID
        sample.flags = HR_SAMPLE_MEMORY_RSS.rawValue
        nextID += 1
        samples.append(sample)
        paths.append(path)
        var record = Self.bytes(HR_KIND_CREATED.rawValue)
        record += Self.bytes(UInt32(path.utf8.count + 1)) + Self.bytes(time)
        record += Self.bytes(sample.cgroup_id) + Array(path.utf8) + [0]
        while record.count % 8 != 0 { record.append(0) }
        return record
    }

    /// - Returns: the record with the last counters.
    mutating func remove(_ path: String) -> [UInt8] {
        let index = paths.firstIndex(of: path)!
        paths.remove(at: index)
        var sample = samples.remove(at: index)
        sample.kind = HR_KIND_REMOVED.rawValue
        sample.time_ns = time
        return Self.bytes(sample)
    }

    /// Time passes, cgroups use what `usage` says of them, and a walk samples them all but those
    /// that are `lost`. The root itself uses nothing.
    mutating func walk(
        seconds: Double = 1,
        losing lost: Set<String> = [],
        usage: (String) -> Usage
    ) -> [[UInt8]] {
        time += UInt64(seconds * 1e9)
        walks += 1
        var records: [[UInt8]] = []
        for index in samples.indices {
            if paths[index] != "/" { use(index, usage(paths[index]), seconds: seconds) }
            samples[index].kind = HR_KIND_SAMPLE.rawValue
            samples[index].walk = walks
            samples[index].time_ns = time
            if !lost.contains(paths[index]) { records.append(Self.bytes(samples[index])) }
        }
        var end = hr_walk_end()
        end.kind = HR_KIND_WALK_END.rawValue
        end.visited = UInt32(samples.count)
        end.walk = walks
        end.time_ns = time
        end.end_ns = time + 25_000
        records.append(Self.bytes(end))
        return records
    }

    private mutating func use(_ index: Int, _ usage: Usage, seconds: Double) {
        let cpu = UInt64(usage.cores * seconds * 1e9)
        samples[index].cpu_usage_ns += cpu
        hostCPU += cpu
        samples[index].memory_bytes = UInt64(usage.memoryBytes)
        samples[index].net_rx_bytes += UInt64(usage.receivedBytesPerSecond * seconds)
        samples[index].disk_write_bytes += UInt64(usage.writtenBytesPerSecond * seconds)
    }

    private static func bytes<Value: BitwiseCopyable>(_ value: Value) -> [UInt8] {
        unsafe withUnsafeBytes(of: value) { unsafe Array($0) }
    }
}
