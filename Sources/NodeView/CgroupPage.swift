internal import Agent
internal import Aggregates
internal import HeadroomABI
internal import Planner
internal import Terminal

/// One cgroup: who it is, what it uses and is forecast to, what it waits for, and what was planned
/// for it and why.
struct CgroupPage {
    let model: TopModel
    let moment: NodeMoment
    let id: CgroupRow.ID

    func page(columns: Int, rows: Int) -> LinePage {
        guard let row = model.row(id) else {
            return LinePage(
                title: "a cgroup that is not there at this moment",
                lines: [StyledLine(""), StyledLine("It was removed, or not made yet. Esc goes back.")])
        }
        let detail = moment.details.detail(of: id)
        var lines = who(row, columns)
        let forecasts = moment.details.forecasts(of: id)
        lines += ResourceTable(moment: moment, row: row, detail: detail, forecasts: forecasts).lines(columns: columns)
        lines.append(StyledLine(""))
        lines += ForecastPlot(moment: moment, row: row, forecasts: forecasts, resource: model.plotted, isPast: detail == nil)
            .lines(columns: columns, height: max(5, min(12, (rows - 12) / 3)))
        lines.append(StyledLine(""))
        lines += DetailSection(detail: detail, figures: row.figures).lines(columns: columns)
        lines.append(StyledLine(""))
        lines += plans(row, columns)
        return LinePage(title: row.name.path, lines: lines)
    }

    // MARK: Who

    private func who(_ row: CgroupRow, _ columns: Int) -> [StyledLine] {
        var words: [String] = []
        if let workload = row.name.workload {
            words.append("pod \(workload.namespace)/\(workload.pod) of \(workload.application)")
            if let container = workload.container { words.append("container \(container)") }
        }
        if let identity = row.name.identity {
            words.append(identity.kind.rawValue.replacing("_", with: " "))
            if let name = identity.name { words.append("named \(name)") }
            if let unit = identity.unit { words.append("unit \(unit)") }
            if let runtime = identity.runtime { words.append("runtime \(runtime.rawValue)") }
            if let container = identity.containerID { words.append("container id \(container.prefix(12))") }
            if let pod = identity.podUID { words.append("pod uid \(pod)") }
            if let qos = identity.qos { words.append("QoS \(qos.rawValue)") }
            if !identity.inner.isEmpty { words.append("inside it \(identity.inner)") }
        }
        if words.isEmpty { words.append("a plain cgroup") }
        if let pool = pool(of: row) { words.append("in pool \(pool)") }
        return StyledLine.wrapped(words.joined(separator: ", "), width: columns, CellStyle(.cyan))
    }

    private func pool(of row: CgroupRow) -> String? {
        model.pools.first { pool in
            pool.cgroups.contains { $0.relation(to: row.name.path) != .other }
        }?.name
    }

    // MARK: Plans

    private func plans(_ row: CgroupRow, _ columns: Int) -> [StyledLine] {
        let facts = moment.facts
        var lines: [StyledLine] = []
        if row.limitCores > 0 || row.limitBytes > 0 {
            var text: [String] = []
            if row.limitCores > 0 { text.append(Quantity.text(Double(row.limitCores), of: .cpu)) }
            if row.limitBytes > 0 { text.append(Quantity.text(Double(row.limitBytes), of: .memory)) }
            lines.append(StyledLine("Headroom holds it to \(text.joined(separator: " and "))", .bold))
        }
        let own = facts.requests.filter { $0.pool == row.name.path }
        if !own.isEmpty {
            lines.append(StyledLine("its last requests", .bold))
            lines += own.prefix(5).flatMap { PlansPage.lines($0, columns: columns) }
            lines.append(StyledLine(""))
        }
        let pool = pool(of: row)
        let shared = facts.plans.filter { $0.pool == pool }
        guard !shared.isEmpty else {
            lines.append(StyledLine("nothing is planned for it", .dim))
            return lines
        }
        lines.append(
            StyledLine(
                row.name.path == "/"
                    ? "what was planned, and why"
                    : "what was planned for the \(pool.map { "pool \($0)" } ?? "node") that it is part of, and why", .bold))
        for plan in shared { lines += PlansPage.lines(plan, at: moment, columns: columns) }
        let requests = facts.requests.filter { pool == nil ? $0.isOfNode : $0.pool == pool }
        if !requests.isEmpty {
            lines.append(StyledLine("last requests", .bold))
            lines += requests.prefix(6).flatMap { PlansPage.lines($0, columns: columns) }
        }
        return lines
    }
}
