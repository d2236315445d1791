internal import Aggregates
internal import Backtest
internal import History

/// Snapshots of cgroup files, as `grep -r` writes them with the time before each line:
/// `1795847814 system.slice/web.service/cpu.stat:usage_usec 2925263`.
///
/// Counters become rates between two snapshots. A cgroup that was not in the snapshot before began at 0; so did one
/// whose counter is lower than it was. Memory: some 200 bytes a counter.
struct CgroupLogImport {
    private struct Counter {
        var time: Int64
        var value: Double
    }

    /// A counter's place in a file, what it counts, and how much of that makes a unit.
    private enum Key {
        case counter(Resource, unit: Double)
        case memory
        /// Of io.stat, whose lines have a device and many keys.
        case devices
    }

    private var counters: [String: Counter] = [:]
    /// Of the snapshot under way, by path: rates and memory.
    private var pending: [String: InlineArray<6, Double>] = [:]
    private var current: Int64?
    private var previous: Int64?
    /// Since the log began, or went on after a gap.
    private var snapshots = 0
    /// Nanoseconds; nobody watched in between.
    private static let gap: Int64 = 3_600_000_000_000
    private static let nothing = InlineArray<6, Double>(repeating: .nan)
    /// Folders of hierarchies, where all of them were looked through.
    private static let hierarchies: Set<String> = ["unified", "memory", "cpuacct", "cpu,cpuacct", "cpuacct,cpu"]

    mutating func read(_ path: String, into feed: ImportFeed) throws {
        try ImportFeed.lines(of: path) { line, bytes in try take(bytes, path, line, feed) }
        try flush(feed)
    }

    private mutating func take(_ bytes: [UInt8], _ path: String, _ line: Int, _ feed: ImportFeed) throws {
        guard let space = bytes.firstIndex(of: 0x20), let seconds = DecimalNumber.parse(bytes[..<space]),
            seconds > 0, seconds < 9e9
        else {
            return feed.refuse(
                path, line,
                "\"\(ImportFeed.excerpt(bytes))\" does not begin with a time; expected Unix seconds, a space, path/file:contents")
        }
        let rest = bytes[(space + 1)...]
        let slash = rest.lastIndex(of: 0x2F)
        let tail = slash.map { rest[($0 + 1)...] } ?? rest
        guard let colon = tail.firstIndex(of: 0x3A) else {
            return feed.refuse(
                path, line, "\"\(ImportFeed.excerpt(rest))\" names no file; expected path/file:contents, such as a/cpu.stat:usage_usec 1")
        }
        let words = tail[(colon + 1)...].split(separator: 0x20)
        guard let (key, value) = Self.key(String(decoding: tail[..<colon], as: UTF8.self), words) else {
            return feed.noteOther()
        }
        guard let cgroup = Self.cgroup(slash.map { rest[..<$0] } ?? []) else {
            return feed.refuse(path, line, "\"\(ImportFeed.excerpt(rest))\" is no cgroup's path")
        }
        let time = Int64(seconds * 1e9)
        if time != current {
            try flush(feed)
            begin(time)
        }
        switch key {
        case .memory:
            guard let bytes = Self.figure(value) else { return refuse(value, path, line, feed) }
            if previous != nil { pending[cgroup, default: Self.nothing][Int(Resource.memory.rawValue)] = bytes }
        case .counter(let resource, let unit):
            guard let count = Self.figure(value) else { return refuse(value, path, line, feed) }
            rate(cgroup, resource, "", count / unit, time, feed)
        case .devices:
            let device = words.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
            for word in words.dropFirst() {
                guard let equals = word.firstIndex(of: 0x3D) else { continue }
                let resource: Resource
                switch String(decoding: word[..<equals], as: UTF8.self) {
                case "rbytes": resource = .diskRead
                case "wbytes": resource = .diskWrite
                default: continue
                }
                guard let count = Self.figure(word[(equals + 1)...]) else { return refuse(word, path, line, feed) }
                rate(cgroup, resource, device, count, time, feed)
            }
        }
        feed.note()
    }

    private func refuse(_ value: ArraySlice<UInt8>, _ path: String, _ line: Int, _ feed: ImportFeed) {
        feed.refuse(path, line, "\"\(ImportFeed.excerpt(value))\" is not a count; expected a number of 0 or more")
    }

    private static func figure(_ text: ArraySlice<UInt8>) -> Double? {
        guard let value = DecimalNumber.parse(text), HistoryImport.isFigure(value) else { return nil }
        return value
    }

    private static func key(_ file: String, _ words: [ArraySlice<UInt8>]) -> (Key, ArraySlice<UInt8>)? {
        guard let first = words.first else { return nil }
        switch file {
        case "cpu.stat":
            guard words.count == 2, first.elementsEqual("usage_usec".utf8) else { return nil }
            return (.counter(.cpu, unit: 1e6), words[1])
        case "cpuacct.usage": return (.counter(.cpu, unit: 1e9), first)
        case "memory.current", "memory.usage_in_bytes": return (.memory, first)
        case "io.stat": return (.devices, first)
        default: return nil
        }
    }

    /// Nil when it is none.
    private static func cgroup(_ bytes: ArraySlice<UInt8>) -> String? {
        var parts = String(decoding: bytes, as: UTF8.self).split(separator: "/")
        if parts.first == "." { parts.removeFirst() }
        if parts.starts(with: ["sys", "fs", "cgroup"]) { parts.removeFirst(3) }
        if let first = parts.first, hierarchies.contains(String(first)) { parts.removeFirst() }
        let path = "/" + parts.joined(separator: "/")
        return HistoryImport.isPath(path) ? path : nil
    }

    // MARK: From one snapshot to the next

    private mutating func begin(_ time: Int64) {
        if let last = current, time > last, time - last <= Self.gap {
            previous = last
        } else {
            // The beginning, a gap, or another log.
            previous = nil
            counters.removeAll()
            snapshots = 0
        }
        current = time
        snapshots += 1
        // Of cgroups that are gone.
        if let previous, snapshots % 64 == 0 { counters = counters.filter { $0.value.time >= previous } }
    }

    private mutating func rate(
        _ cgroup: String, _ resource: Resource, _ device: String, _ value: Double, _ time: Int64, _ feed: ImportFeed
    ) {
        let key = "\(cgroup)\0\(resource.rawValue)\(device)"
        let known = counters.updateValue(Counter(time: time, value: value), forKey: key)
        guard let previous else { return }
        var base = 0.0
        var start = previous
        if let known, known.value <= value {
            (base, start) = (known.value, known.time)
        } else if known != nil {
            feed.resets += 1
        } else if snapshots == 2 {
            // A log may begin in the middle of a snapshot: it may not be new.
            return
        }
        guard time > start else { return }
        let place = Int(resource.rawValue)
        let rate = (value - base) * 1e9 / Double(time - start)
        let sum = pending[cgroup, default: Self.nothing][place]
        pending[cgroup, default: Self.nothing][place] = (sum.isNaN ? 0 : sum) + rate
    }

    private mutating func flush(_ feed: ImportFeed) throws {
        defer { pending.removeAll(keepingCapacity: true) }
        guard let previous, let current else { return }
        for (cgroup, values) in pending {
            let number = try feed.history.cgroup(cgroup)
            for resource in Resource.measured {
                let value = values[Int(resource.rawValue)]
                if HistoryImport.isFigure(value) { try feed.history.add(number, resource, value, from: previous, to: current) }
            }
        }
    }
}
