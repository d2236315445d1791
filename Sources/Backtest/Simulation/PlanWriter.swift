internal import Aggregates

/// Writes `<directory>/<policy>/<name>.plan.csv`: one line per sample and resource, in time's
/// order.
struct PlanWriter {
    static let header = "timestamp_s,resource,demand,requested,available\n"

    let directory: String

    /// Writes the plan of one application or pool.
    func write(
        name: String,
        policy: PolicyKind,
        plans: [(resource: Resource, rows: [PlanRow])]
    ) throws(BacktestError) {
        let folder = "\(directory)/\(policy.rawValue)"
        try OutputFile.makeDirectories(folder)
        var file = try OutputFile(path: "\(folder)/\(name).plan.csv")
        try PlanWriter.write(plans, to: &file)
        try file.finish()
    }

    /// An empty demand is a missing sample, as in a trace.
    private static func write(
        _ plans: [(resource: Resource, rows: [PlanRow])],
        to file: inout OutputFile
    ) throws(BacktestError) {
        try file.write(header)
        var cursors = [Int](repeating: 0, count: plans.count)
        while true {
            var next: Int64?
            for (plan, cursor) in zip(plans, cursors) where cursor < plan.rows.count {
                let time = plan.rows[cursor].timestampSeconds
                next = min(next ?? time, time)
            }
            guard let time = next else { return }
            for (index, plan) in plans.enumerated() where cursors[index] < plan.rows.count {
                let row = plan.rows[cursors[index]]
                guard row.timestampSeconds == time else { continue }
                cursors[index] += 1
                let demand = row.demand.map { "\($0)" } ?? ""
                try file.write(
                    "\(time),\(plan.resource.name),\(demand),\(row.requested),\(row.available)\n"
                )
            }
        }
    }
}
