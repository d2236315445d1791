internal import Agent
internal import Aggregates
internal import ArgumentParser
internal import Capacity
internal import Glibc
internal import History

/// Demand of the history as traces, which `backtest` and `simulate` read.
struct HistoryTraces {
    let range: HistoryRange
    /// Seconds; nil: a minute, or a window where windows are wanted.
    let stepSeconds: Int64
    let grouping: DemandBuckets.Grouping
    /// Wanted paths, those below them included; empty: all.
    let cgroups: [String]
    /// Of the windows of a minute the highest, instead of their mean; for steps of minutes.
    let isPeak: Bool

    /// Writes a file each, `DIR/<name>.csv`. - Returns: their paths, by name.
    func write(to directory: String) throws -> [String] {
        guard unsafe mkdir(directory, 0o755) == 0 || errno == EEXIST else {
            throw AgentError.system("mkdir", directory)
        }
        let files = TraceFiles(directory: directory)
        let wanted = cgroups
        let buckets = DemandBuckets(
            stepSeconds: stepSeconds, grouping: grouping,
            isWanted: { path in
                wanted.isEmpty || wanted.contains { $0 == "/" || CgroupPath.lies(path, in: $0) }
            },
            hand: { try files.add($0) })
        let reader = try range.reader()
        if stepSeconds % 60 == 0 {
            var demand = MinuteDemand(buckets, isPeak: isPeak)
            try range.scan(reader, .coarse, into: &demand)
            demand.buckets.finish()
            if let failure = demand.buckets.failure { throw failure }
        } else {
            var demand = WindowDemand(buckets)
            try range.scan(reader, .fine, into: &demand)
            demand.buckets.finish()
            if let failure = demand.buckets.failure { throw failure }
        }
        try files.flush()
        guard !files.paths.isEmpty else {
            throw AgentError(
                .failed,
                "\(reader.directory): no demand of that time\(cgroups.isEmpty ? "" : " of " + cgroups.joined(separator: ", "))"
                    + (grouping == .application ? " whose application was known: pods and their owners come by pods.file" : "")
                    + "; `headroom history` says what there is")
        }
        return files.paths
    }
}

/// Trace files that grow together; a few KiB of memory each.
private final class TraceFiles {
    private struct File {
        let path: String
        var text: [UInt8]
        var last = Int64.min
    }

    private let directory: String
    private var files: [String: File] = [:]
    private var taken: Set<String> = []
    private static let bufferBytes = 8192

    init(directory: String) { self.directory = directory }

    var paths: [String] { files.values.map(\.path).sorted() }

    func add(_ step: DemandBuckets.Step) throws {
        if files[step.name] == nil {
            let path = "\(directory)/\(fileName(step.name)).csv"
            unsafe unlink(path)
            let header = ["timestamp_s"] + Resource.measured.map(\.name)
            files[step.name] = File(path: path, text: Array((header.joined(separator: ",") + "\n").utf8))
        }
        // A clock that was set back.
        guard var file = files[step.name], step.timeSeconds > file.last else { return }
        file.last = step.timeSeconds
        var line = "\(step.timeSeconds)"
        for resource in Resource.measured { line += "," + Self.text(step.values[Int(resource.rawValue)], of: resource) }
        file.text += Array((line + "\n").utf8)
        files[step.name] = nil
        if file.text.count > Self.bufferBytes { try Self.append(&file) }
        files[step.name] = file
    }

    func flush() throws {
        for name in files.keys {
            guard var file = files.removeValue(forKey: name) else { continue }
            try Self.append(&file)
            files[name] = file
        }
    }

    private static func append(_ file: inout File) throws(AgentError) {
        let descriptor = unsafe open(file.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system("open", file.path) }
        defer { close(descriptor) }
        try FileOutput.write(file.text, to: descriptor, file.path)
        file.text.removeAll(keepingCapacity: true)
    }

    /// Microcores, or whole units. What lies half way between two goes up, however the last bits of a mean came out:
    /// what is imported again has to be exported as it was.
    private static func text(_ value: Double, of resource: Resource) -> String {
        let nudge = 1e-6
        return resource == .cpu
            ? "\((value * 1e6 + nudge).rounded() / 1e6)" : "\(UInt64((min(HistoryImport.largest, max(0, value)) + nudge).rounded()))"
    }

    /// The name without what a file's may not have; another where that is taken. Whoever names a cgroup
    /// chooses neither the directory, nor an option of the command that is given the file, nor a name that
    /// is too long for a file's.
    private func fileName(_ name: String) -> String {
        var plain = name == "/" ? "node" : String(name.split(separator: "/").joined(separator: "_"))
        while plain.utf8.count > 200 { plain.removeLast() }
        if let first = plain.first, "-.~ ".contains(first) { plain = "_" + plain }
        var found = plain
        var number = 2
        while !taken.insert(found).inserted {
            found = "\(plain)-\(number)"
            number += 1
        }
        return found
    }
}
