internal import Aggregates
internal import Backtest
internal import History

/// Traces (DESIGN §9) as minutes of one cgroup each.
enum TraceImport {
    /// - Parameter cgroup: whose it is; nil: the file's name tells, as `export` gives it.
    static func read(_ path: String, as cgroup: String?, into feed: ImportFeed) throws {
        // A first pass: all of it is good, and how long a step is.
        let summary = try TraceSummary(path: path)
        var reader = try TraceReader(path: path)
        let name = reader.application
        let known = cgroup ?? (name == "node" ? "/" : "/" + name)
        guard HistoryImport.isPath(known) else {
            throw TraceError(path: path, problem: .unusable("its name is no cgroup's; name one with --as"))
        }
        let number = try feed.history.cgroup(
            known, application: known == "/" ? nil : name, isWhole: cgroup == nil)
        let left = reader.ignoredColumns + reader.resources.filter { $0 == .requests }.map(\.name)
        if !left.isEmpty {
            StandardError.complain("\(path):1: columns that the history does not have are left out: \(left.joined(separator: ", "))")
        }
        let step = summary.stepSeconds
        var previous: Int64?
        while let row = try reader.next() {
            let end = row.timeSeconds
            let length = min(step, previous.map { end - $0 } ?? step, HistoryImport.longestSeconds)
            previous = end
            var isSample = false
            for resource in Resource.measured {
                guard let value = row[resource] else { continue }
                isSample = true
                try feed.history.add(
                    number, resource, value, from: (end - length) * 1_000_000_000, to: end * 1_000_000_000)
            }
            if isSample { feed.note() }
        }
    }
}
