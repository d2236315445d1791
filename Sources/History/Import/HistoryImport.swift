package import Aggregates
internal import Glibc

/// Samples from elsewhere as minutes of the history. One thread.
///
/// Nothing is written before `finish`. Samples may come in any order, best in that of time by cgroup: each cgroup has
/// one minute that is being added up, and what is over goes to `ImportSorter`. Memory: some 300 bytes a cgroup, and
/// the sorter's.
package final class HistoryImport {
    package private(set) var options: ImportOptions
    private var sorter = ImportSorter()
    private var cgroups: [HistoryCgroup] = []
    private var numbers: [String: Int] = [:]
    /// By cgroup.
    private var open: [OpenMinute?] = []
    /// By application: cgroups that stand for all of it.
    private var wholes: [String: Int] = [:]
    private var tooOld = 0
    /// The longest that one sample is spread over.
    package static let longestSeconds: Int64 = 31 * 86_400

    package init(_ options: ImportOptions) { self.options = options }

    /// What the history keeps: no negative number, and none that is a mistake.
    package static func isFigure(_ value: Double) -> Bool { value >= 0 && value < largest }
    /// What no figure reaches.
    package static let largest = 1e18

    /// Paths that are a cgroup's, and not longer than the kernel's, which allows all characters but these two.
    package static func isPath(_ path: String) -> Bool {
        path.utf8.first == 0x2F && path.utf8.count <= 4096 && !path.utf8.contains { $0 == 0 || $0 == 0x0A }
    }

    /// Of the node; where the source tells.
    package func setCores(_ cores: Double) { options.cores = cores }

    /// A cgroup's number; the same for the same path. - Parameters:
    ///   - id: in the kernel; 0: not known.
    ///   - isWhole: it is all of the application, and not to be counted beside cgroups of that application.
    /// - Throws: when there are more cgroups than a history can tell apart.
    package func cgroup(
        _ path: String, application: String? = nil, id: UInt64 = 0, isWhole: Bool = false
    ) throws(HistoryError) -> Int {
        if let known = numbers[path] {
            if cgroups[known].application == nil { cgroups[known].application = application }
            return known
        }
        guard cgroups.count < HistoryNames.numberLimit else {
            throw HistoryError("more than \(HistoryNames.numberLimit) cgroups; import fewer at a time")
        }
        let number = cgroups.count
        numbers[path] = number
        cgroups.append(HistoryCgroup(cgroupID: id, path: path, application: application, isLeaf: path != "/"))
        open.append(nil)
        if isWhole, let application { wholes[application] = number }
        return number
    }

    /// What the cgroup used within `(from, to]`, Unix nanoseconds: of the minute in which the middle of that lies, or, where it is longer,
    /// of all minutes whose middle lies in it.
    /// - Precondition: `isFigure(value)`, `isFigure(peak)`.
    package func add(
        _ cgroup: Int, _ resource: Resource, _ value: Double, peak: Double? = nil, from start: Int64, to end: Int64
    ) throws(HistoryError) {
        let minute = Int64(ImportedBlock.minuteNanoseconds)
        let length = min(end - start, Self.longestSeconds * 1_000_000_000)
        // 1970 is nobody's.
        guard length > 0, end - length >= minute, end < 9_000_000_000_000_000_000 else {
            tooOld += 1
            return
        }
        let seconds = Double(min(length, minute)) / 1e9
        guard length > minute else {
            return try add(cgroup, resource, value, peak, seconds, minute: (end - length / 2 - 1) / minute)
        }
        // Middles are at m + 1/2.
        let first = (end - length + minute / 2) / minute
        let last = (end - minute / 2) / minute
        for number in first...max(first, last) { try add(cgroup, resource, value, peak, seconds, minute: number) }
    }

    private func add(
        _ cgroup: Int, _ resource: Resource, _ value: Double, _ peak: Double?, _ seconds: Double, minute: Int64
    ) throws(HistoryError) {
        let number = UInt32(minute)
        if let known = open[cgroup], known.minute != number {
            try sorter.add(known.record(of: cgroup))
            open[cgroup] = nil
        }
        if open[cgroup] == nil { open[cgroup] = OpenMinute(minute: number) }
        open[cgroup]?.add(resource, value, peak: peak ?? value, seconds: seconds)
    }

    // MARK: The end

    /// Writes what the history does not have yet, a file after another, each whole or not there: what was interrupted can be done again.
    /// - Throws: when it cannot be written; what is in `summary` is.
    package func finish(_ summary: inout ImportSummary) throws(HistoryError) {
        for index in open.indices {
            if let minute = open[index] { try sorter.add(minute.record(of: index)) }
        }
        open = []
        markParents()
        summary.tooOld += tooOld
        let writer = try ImportWriter(options, cgroups: cgroups, wholes: wholes)
        defer { summary = writer.summary.adding(summary.tooOld) }
        var pending: ImportRecord?
        while let record = try sorter.next() {
            if var known = pending {
                if known.isSame(as: record) {
                    if known.take(record) { writer.summary.repeated += 1 }
                    pending = known
                    continue
                }
                try writer.add(known)
            }
            pending = record
        }
        if let pending { try writer.add(pending) }
        try writer.end()
    }

    /// What has others inside is no leaf.
    private func markParents() {
        for cgroup in cgroups {
            var path = cgroup.path
            while let above = CgroupPath.parent(of: path), above != "/" {
                path = String(above)
                guard let parent = numbers[path] else { continue }
                // Whoever marked it marked those above.
                if !cgroups[parent].isLeaf { break }
                cgroups[parent].isLeaf = false
            }
        }
    }
}

extension ImportSummary {
    fileprivate func adding(_ old: Int) -> ImportSummary {
        var sum = self
        sum.tooOld += old
        return sum
    }
}
