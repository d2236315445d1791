internal import Agent
internal import Aggregates
internal import HeadroomABI
internal import Planner
internal import Terminal

/// All plans and the last requests, with their reasons in full.
struct PlansPage {
    let moment: NodeMoment

    func page(columns: Int) -> LinePage {
        var lines: [StyledLine] = []
        if moment.facts.plans.isEmpty {
            lines.append(StyledLine(moment.facts.isKept ? "nothing was planned then" : "nothing is planned yet", .dim))
        }
        for plan in moment.facts.plans {
            lines += Self.lines(plan, at: moment, columns: columns)
            lines.append(StyledLine(""))
        }
        lines.append(StyledLine(moment.facts.isKept ? "last requests, of the hour before" : "last requests", .bold))
        if moment.facts.requests.isEmpty { lines.append(StyledLine("none", .dim)) }
        for request in moment.facts.requests {
            lines += Self.lines(request, columns: columns)
        }
        return LinePage(title: "plans and requests", lines: lines)
    }

    /// - Parameter moment: what is looked at; a plan of another time says so.
    static func lines(_ plan: ShownPlan, at moment: NodeMoment, columns: Int) -> [StyledLine] {
        func text(_ value: Double) -> String { Quantity.text(value, of: plan.resource) }
        let figures = plan.figures
        var head = StyledLine(plan.pool.map { "pool \($0), " } ?? "node, ", .bold)
        head.add(plan.resource.name, CellStyle(.cyan, bold: true))
        if plan.applications > 0 { head.add(", \(plan.applications) applications") }
        if let other = moment.timeOfAnother(plan) { head.add(", as of \(other)", CellStyle(.yellow)) }
        var facts = "\(text(figures.demand)) in use, target \(text(figures.target)), ready \(text(figures.ready))"
        if figures.pending > 0 { facts += ", \(text(figures.pending)) pending" }
        if let allocatable = plan.allocatable { facts += " of \(text(allocatable))" }
        if let forecast = plan.forecast {
            facts +=
                "; \(Quantity.percentile(figures.fraction)) of the peak over"
                + " \(Quantity.seconds(Int64(clamping: figures.horizon_ns))): \(text(forecast))"
        }
        if let coverage = plan.coverage { facts += "; \(Compact.percent(coverage)) of forecasts held" }
        facts +=
            "; lead \(Quantity.seconds(Int64(clamping: figures.lead_ns)))"
            + ", cost ratio \(Quantity.number(figures.cost_ratio))"
        var lines = [head] + StyledLine.wrapped("  " + facts, width: columns, indent: 2)
        if let time = plan.reasonNanoseconds, time / 1_000_000_000 != figures.time_ns / 1_000_000_000 {
            lines.append(StyledLine("  reasons are kept once a minute; these are of \(Compact.timeOfDay(time)):", .dim))
        } else if moment.facts.isKept, plan.reason.isEmpty {
            lines.append(StyledLine("  its reasons are not kept", .dim))
        }
        return lines
            + plan.reason.split(separator: "; ").flatMap {
                StyledLine.wrapped("  → " + $0, width: columns, indent: 4, CellStyle(.green))
            }
    }

    static func lines(_ request: ShownRequest, columns: Int) -> [StyledLine] {
        let figures = request.figures
        var head = StyledLine("  \(Compact.timeOfDay(figures.time_ns)) ", .dim)
        head.add(request.isOfNode ? "node " : request.pool + " ")
        head.add(request.resource.name, CellStyle(.cyan))
        head.add(" \(figures.change < 0 ? "down to" : "up to") \(Quantity.text(figures.amount, of: request.resource)) ")
        head.add(request.outcome, CellStyle(request.outcome == "granted" ? .green : .yellow))
        return [head] + StyledLine.wrapped("           " + request.reason, width: columns, indent: 11, .dim)
    }
}
