internal import Agent
internal import Aggregates
internal import HeadroomABI
internal import Planner
internal import Terminal

/// The node, its plans, and the table of cgroups.
struct ListPage {
    let model: TopModel
    let moment: NodeMoment

    /// Where the table begins.
    func draw(in frame: inout Frame) {
        let row = drawHead(in: &frame)
        let requests = frame.rows >= 32 ? requestLines(limit: 3, frame.columns) : []
        let bottom = frame.rows - 1 - requests.count
        for (place, line) in requests.enumerated() { line.put(in: &frame, row: bottom + place) }
        let columns = ColumnChoice.columns(for: frame.columns, moment.rows)
        drawTitles(columns, row: row, in: &frame)
        let visible = model.visibleEntries(room: max(0, bottom - row - 1))
        for (place, entry) in visible.enumerated() {
            draw(entry, columns, row: row + 1 + place, in: &frame)
        }
        if model.list.entries.isEmpty {
            let text = model.order.filter.isEmpty ? "no cgroups yet" : "no cgroup has \(model.order.filter) in its names; Esc shows all"
            frame.put(text, row: row + 2, column: 2, .dim)
        }
    }

    /// All of it as lines, however many: for printing.
    static func text(_ model: TopModel, _ moment: NodeMoment, columns: Int) -> Frame {
        let page = ListPage(model: model, moment: moment)
        let reasons = moment.facts.plans.count
        let requests = page.requestLines(limit: 10, columns)
        let rows = 2 + moment.facts.plans.count + reasons + 3 + model.list.entries.count + 1 + requests.count
        var frame = Frame(rows: rows, columns: columns)
        var row = page.drawSummary(in: &frame)
        let bars = page.barColumn(moment.facts.plans)
        for plan in moment.facts.plans {
            page.draw(plan, row: row, barColumn: bars, in: &frame)
            StyledLine(plan.reason, .dim).put(in: &frame, row: row + 1, column: 8)
            row += 2
        }
        row += 1
        let columns = ColumnChoice.columns(for: frame.columns, moment.rows)
        page.drawTitles(columns, row: row, in: &frame)
        for entry in model.list.entries.indices {
            page.draw(entry, columns, row: row + 1 + entry, in: &frame, isSelected: false)
        }
        row += 2 + model.list.entries.count
        for line in requests {
            line.put(in: &frame, row: row)
            row += 1
        }
        return frame
    }

    // MARK: Head

    private func drawHead(in frame: inout Frame) -> Int {
        var row = drawSummary(in: &frame, beside: CellWidth.of(model.clock.text) + 1)
        frame.put(model.clock.text, row: 0, endingAt: frame.columns, width: frame.columns / 2, model.clock.style)
        let plans = moment.facts.plans
        let hasReasons = frame.rows >= 32
        let room = max(1, (frame.rows - 8) / (hasReasons ? 4 : 3))
        let shown = plans.prefix(plans.count > room ? max(1, room - 1) : room)
        let bars = barColumn(shown)
        for plan in shown {
            draw(plan, row: row, barColumn: bars, in: &frame)
            row += 1
            guard hasReasons else { continue }
            StyledLine(plan.reason, .dim).put(in: &frame, row: row, column: 8)
            row += 1
        }
        if plans.count > room {
            frame.put("        \(plans.count - max(1, room - 1)) more plans: P", row: row, column: 0, .dim)
            row += 1
        }
        return row + (frame.rows >= 16 ? 1 : 0)
    }

    /// - Parameter beside: cells at the end of the first row that are the clock's.
    /// - Returns: the row behind it.
    private func drawSummary(in frame: inout Frame, beside: Int = 0) -> Int {
        let facts = moment.facts
        let up = max(0, (Double(moment.time) - Double(facts.startedNanoseconds)) / 1e9)
        var first = StyledLine("headroom", .bold)
        first.add(" on ")
        first.add(facts.hostName ?? model.hostName, .bold)
        first.add(facts.isKept ? "  \(Compact.date(moment.time))" : "  up \(Compact.clock(seconds: Int(up)))")
        first.add("  \(facts.cgroups) cgroups")
        first.add("  window \(Compact.fixed(Double(facts.intervalNanoseconds) / 1e9, 1)) s")
        first.fitting(frame.columns - beside).put(in: &frame, row: 0)
        var second = StyledLine()
        if facts.isKept {
            let made = facts.forecastNanoseconds.map { "forecasts of \(Compact.timeOfDay($0))" }
            second.add("history: \(made ?? "no P95 of then"), losses not kept  ", .dim)
        }
        if let own = facts.own {
            second.add("itself: \(Compact.percent(own.cores)) of one core, \(Compact.bytes(own.residentBytes))B", .dim)
            second.add("; probes \(Compact.fixed(own.probeCores * 100, 2)) %", .dim)
            if let walk = own.walkNanoseconds { second.add("; walk \(Compact.duration(nanoseconds: walk))", .dim) }
        }
        if facts.isKept {
            second.fitting(frame.columns).put(in: &frame, row: 1)
            return 2
        }
        let lost = facts.losses.filter { $0.total > 0 }
        let names = lost.map { "\($0.cause.name) \($0.total)" }.joined(separator: ", ")
        var state = StyledLine((facts.own == nil ? "" : "  ") + "lost: \(lost.isEmpty ? "nothing" : names)", lost.isEmpty ? .dim : CellStyle(.yellow))
        if !facts.shed.isEmpty {
            state.add("  shed: \(facts.shed.joined(separator: ", "))", CellStyle(.red, bold: true))
        }
        // What goes wrong comes before what the agent costs.
        second = second.fitting(frame.columns - state.width)
        for part in state.parts { second.add(part.text, part.style) }
        second.put(in: &frame, row: 1)
        return 2
    }

    /// Where the bars of these plans begin: below one another.
    private func barColumn(_ plans: some Sequence<ShownPlan>) -> Int {
        max(8, min(15, (plans.map { CellWidth.of(Self.name($0)) }.max() ?? 0) + 1))
    }

    private static func name(_ plan: ShownPlan) -> String { (plan.pool.map { $0 + " " } ?? "") + plan.resource.name }

    /// Use, what is ready beyond it, and the forecast, on a bar of what there is.
    private func draw(_ plan: ShownPlan, row: Int, barColumn: Int, in frame: inout Frame) {
        let figures = plan.figures
        frame.put(TextCells.end(of: Self.name(plan), 14), row: row, column: 0, CellStyle(.cyan, bold: true), width: 14)
        let line = words(plan, isNarrow: frame.columns < 140)
        let wanted = frame.columns < 80 ? 10 : frame.columns < 100 ? 20 : frame.columns < 140 ? 30 : 50
        // Figures say more than a long bar.
        let barWidth = max(min(10, wanted), min(wanted, frame.columns - barColumn - 1 - line.width))
        let all = plan.allocatable ?? max(figures.ready, figures.target, figures.demand, plan.forecast ?? 0)
        func cells(_ value: Double) -> Int {
            guard all > 0, value.isFinite else { return 0 }
            // As numbers: next to nothing may be a share of nothing that is beyond any integer.
            return Int(max(0, min(Double(barWidth), (value / all * Double(barWidth)).rounded())))
        }
        let used = cells(figures.demand)
        let ready = max(used, cells(figures.ready))
        let isShort = figures.demand > figures.ready
        frame.put(
            String(repeating: "━", count: used), row: row, column: barColumn,
            CellStyle(isShort ? .red : .green, bold: true))
        frame.put(String(repeating: "─", count: ready - used), row: row, column: barColumn + used, CellStyle(.green))
        frame.put(String(repeating: "·", count: barWidth - ready), row: row, column: barColumn + ready, .dim)
        if let forecast = plan.forecast {
            frame.put(
                "┃", row: row, column: barColumn + max(0, min(barWidth - 1, cells(forecast))),
                CellStyle(.cyan, bold: true))
        }
        line.put(in: &frame, row: row, column: barColumn + barWidth + 1)
    }

    /// A plan's figures, behind its bar.
    private func words(_ plan: ShownPlan, isNarrow: Bool) -> StyledLine {
        let figures = plan.figures
        let resource = plan.resource
        let isShort = figures.demand > figures.ready
        func text(_ value: Double) -> String {
            isNarrow ? Compact.value(value, resource) : Quantity.text(value, of: resource)
        }
        var line = StyledLine("\(text(figures.demand)) in use", isShort ? CellStyle(.red, bold: true) : .plain)
        if let forecast = plan.forecast {
            line.add("  \(Quantity.percentile(figures.fraction)) \(text(forecast))", CellStyle(.cyan))
        }
        line.add("  ready \(text(figures.ready))", CellStyle(.green))
        if let allocatable = plan.allocatable { line.add(" of \(text(allocatable))") }
        if figures.pending > 0 { line.add("  \(text(figures.pending)) pending", CellStyle(.yellow)) }
        if figures.target != figures.ready { line.add("  target \(text(figures.target))") }
        if !isNarrow, let coverage = plan.coverage { line.add("  coverage \(Compact.percent(coverage))", .dim) }
        if let other = moment.timeOfAnother(plan) { line.add("  as of \(other)", CellStyle(.yellow)) }
        return line
    }

    // MARK: Table

    private func drawTitles(_ columns: [Column], row: Int, in frame: inout Frame) {
        let facts = moment.facts
        let place = WindowHistory.nearest(to: 0.95, of: facts.quantiles)
        let percentile = place.map { Quantity.percentile(facts.quantiles[$0]).uppercased() } ?? "P?"
        let order = model.order
        let mark = order.isReversed ? "▲" : "▼"
        var title = order.isTree ? "TREE" : "CGROUP"
        if order.key == .path { title += mark }
        if !order.filter.isEmpty { title += " \(model.list.found) of /\(order.filter)" }
        frame.put(title, row: row, column: 0, width: nameWidth(columns, frame.columns))
        var at = nameWidth(columns, frame.columns)
        var isMarked = false
        for column in columns {
            var title = column.title(percentile)
            let isKey = column.sortKey == order.key && !isMarked
            if isKey {
                title += mark
                isMarked = true
            }
            // The mark of a title that fills its column stands in the gap before it.
            let width = column.width + 1
            frame.put(title, row: row, endingAt: at + width, width: width, isKey ? .bold : .plain)
            at += column.totalWidth
        }
        frame.restyle(row: row) { $0.isReversed = true }
    }

    private func nameWidth(_ columns: [Column], _ width: Int) -> Int {
        max(1, width - columns.reduce(0) { $0 + $1.totalWidth })
    }

    private func draw(
        _ entry: Int, _ columns: [Column], row: Int, in frame: inout Frame, isSelected: Bool? = nil
    ) {
        let shown = model.list.entries[entry]
        let cgroup = moment.rows[shown.place]
        let nameWidth = nameWidth(columns, frame.columns)
        drawName(cgroup, shown, entry, width: nameWidth, row: row, in: &frame)
        var at = nameWidth
        for column in columns {
            let text = column.text(cgroup)
            let isQuiet = text == "0" || text == "-" || text == "0.00"
            frame.put(
                text, row: row, endingAt: at + 1 + column.width, width: column.width,
                isQuiet ? .dim : column.style(cgroup))
            if column.sparkWidth > 0 {
                let line = Sparkline.draw(
                    column.history(cgroup, moment.details), width: column.sparkWidth,
                    least: column.spark.least)
                // Nothing happened: no line to look at.
                let isFlat = !line.contains { $0 != "▁" && $0 != " " }
                frame.put(line, row: row, column: at + column.width + 2, isFlat ? .dim : CellStyle(.blue))
            }
            at += column.totalWidth
        }
        if isSelected ?? (entry == model.selectedEntry) {
            frame.restyle(row: row) { $0 = CellStyle($0.colour, bold: $0.isBold, reversed: true) }
        }
    }

    private func drawName(
        _ cgroup: CgroupRow, _ shown: RowList.Entry, _ entry: Int, width: Int, row: Int,
        in frame: inout Frame
    ) {
        guard model.order.isTree else {
            let name = model.showsPaths ? cgroup.name.path : cgroup.name.display
            frame.put(TextCells.end(of: name, width), row: row, column: 0)
            return
        }
        var at = 0
        if shown.depth > 0 {
            var lead = ""
            for depth in 1..<max(1, shown.depth) {
                lead += hasMore(at: depth, below: entry) ? "│ " : "  "
            }
            lead += shown.isLast ? "└─" : "├─"
            // Deep ones keep some room for their name.
            let room = max(2, width - 12)
            at = frame.put(TextCells.end(of: lead, room), row: row, column: 0, .dim, width: room)
        }
        if shown.hasChildren {
            let isFolded = model.order.folded.contains(cgroup.id)
            at = frame.put(isFolded ? "▸" : "▾", row: row, column: at, .dim, width: width - at)
        }
        let isNamed = !model.showsPaths && cgroup.name.display != cgroup.name.path
        let name = isNamed ? cgroup.name.display : cgroup.name.component
        frame.put(TextCells.end(of: name, max(1, width - at)), row: row, column: at, width: max(0, width - at))
    }

    /// Whether the ancestor at `depth` of an entry has a sibling further down.
    private func hasMore(at depth: Int, below entry: Int) -> Bool {
        var place = entry
        while place >= 0 {
            let shown = model.list.entries[place]
            if shown.depth == depth { return !shown.isLast }
            if shown.depth < depth { return false }
            place -= 1
        }
        return false
    }

    // MARK: Requests

    private func requestLines(limit: Int, _ columns: Int) -> [StyledLine] {
        let requests = moment.facts.requests.prefix(limit)
        let isKept = moment.facts.isKept
        if requests.isEmpty {
            return [StyledLine(isKept ? "no capacity requested in the hour before" : "no capacity requested yet", .dim)]
        }
        return [StyledLine(isKept ? "requests of the hour before" : "requests", .bold)] + requests.map(Self.line)
    }

    static func line(_ request: ShownRequest) -> StyledLine {
        let resource = request.resource
        var line = StyledLine(Compact.timeOfDay(request.figures.time_ns) + " ", .dim)
        if !request.isOfNode { line.add(request.pool + " ") }
        line.add("\(resource.name) \(request.figures.change < 0 ? "down to" : "up to") ")
        line.add("\(Quantity.text(request.figures.amount, of: resource)) ")
        line.add(request.outcome, CellStyle(request.outcome == "granted" ? .green : .yellow))
        line.add(": \(request.reason)")
        return line
    }
}
