internal import Aggregates
internal import Glibc

/// Writes `<directory>/<policy>/<name>.plan.csv`: one line per sample and resource, in time's
/// order.
///
/// Written to a temporary name and renamed, so that a failed simulation leaves no half file.
struct PlanWriter {
    static let header = "timestamp_s,resource,demand,requested,available\n"

    let directory: String

    /// Writes the plan of one application or pool.
    func write(
        name: String,
        policy: PolicyKind,
        plans: [(resource: Resource, rows: [PlanRow])]
    ) throws(SimulationError) {
        let folder = "\(directory)/\(policy.rawValue)"
        try PlanWriter.makeDirectory(folder)
        let path = "\(folder)/\(name).plan.csv"
        let partial = path + ".partial"
        guard PlanWriter.put(PlanWriter.text(of: plans), into: partial),
            unsafe rename(partial, path) == 0
        else {
            let reason = SystemText.lastError()
            unsafe unlink(partial)
            throw .cannotWrite(path: path, reason: reason)
        }
    }

    /// The file's contents; an empty demand is a missing sample, as in a trace.
    static func text(of plans: [(resource: Resource, rows: [PlanRow])]) -> String {
        var text = header
        var cursors = [Int](repeating: 0, count: plans.count)
        while true {
            var next: Int64?
            for (plan, cursor) in zip(plans, cursors) where cursor < plan.rows.count {
                let time = plan.rows[cursor].timestampSeconds
                next = min(next ?? time, time)
            }
            guard let time = next else { return text }
            for (index, plan) in plans.enumerated() where cursors[index] < plan.rows.count {
                let row = plan.rows[cursors[index]]
                guard row.timestampSeconds == time else { continue }
                cursors[index] += 1
                let demand = row.demand.map { "\($0)" } ?? ""
                text += "\(time),\(plan.resource.name),\(demand)"
                text += ",\(row.requested),\(row.available)\n"
            }
        }
    }

    /// `false` with `errno` set when the file could not be written in full.
    private static func put(_ text: String, into path: String) -> Bool {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var text = text
        return text.withUTF8 { bytes in
            var start = 0
            while start < bytes.count {
                let count = unsafe Glibc.write(
                    descriptor,
                    bytes.baseAddress! + start,
                    bytes.count - start
                )
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                start += count
            }
            return true
        }
    }

    /// Makes the directory and its parents.
    private static func makeDirectory(_ path: String) throws(SimulationError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for component in path.split(separator: "/") {
            prefix += component
            if unsafe mkdir(prefix, 0o755) != 0 && errno != EEXIST {
                throw .cannotWrite(path: prefix, reason: SystemText.lastError())
            }
            prefix += "/"
        }
    }
}
