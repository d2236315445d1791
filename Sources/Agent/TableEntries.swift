internal import Aggregates
internal import Capacity
internal import HeadroomABI
internal import Planner

/// A plan as the shared table shows it.
enum TablePlan {
    static func make(
        _ decision: PlanDecision, _ pool: PoolReport, _ configuration: ResourcePlanConfiguration
    ) -> hr_table_plan {
        var figures = hr_plan_figures()
        figures.time_ns = UInt64(max(0, decision.timeNanoseconds))
        figures.demand = decision.demand
        figures.forecast = decision.forecast ?? .nan
        figures.fraction = decision.fraction
        figures.target = decision.target
        figures.ready = decision.ready
        figures.pending = decision.pending
        figures.allocatable = pool.allocatable ?? .nan
        figures.coverage = pool.coverage ?? .nan
        figures.shift = decision.shift
        figures.cost_ratio = configuration.costRatio
        figures.hold_price = configuration.holdPrice ?? .nan
        figures.chunk = configuration.chunk
        figures.minimum = configuration.minimum
        figures.maximum = configuration.maximum
        figures.lead_ns = UInt64(configuration.leadTimeNanoseconds)
        figures.horizon_ns = UInt64(pool.horizonNanoseconds)
        unsafe withUnsafeMutableBytes(of: &figures.ladder) { raw in
            let cells = unsafe raw.bindMemory(to: Double.self)
            for index in cells.indices {
                let value = index < pool.quantiles.count ? pool.ladder.value(at: pool.quantiles[index]) : nil
                unsafe cells[index] = value ?? .nan
            }
        }
        var entry = hr_table_plan()
        entry.figures = figures
        TableText.write(TableReasons.text(decision.reasons), to: &entry.reason)
        return entry
    }
}

/// Reasons in the room that the table has for them.
enum TableReasons {
    /// Whole reasons, the first ones first; `…` stands for those that find no room.
    static func text(_ reasons: [String]) -> String {
        let room = Int(HR_TABLE_TEXT) - 1
        var text = reasons.first ?? ""
        for reason in reasons.dropFirst() {
            // "; " before it, and "; …" behind it.
            guard text.utf8.count + reason.utf8.count + 7 <= room else { return text + "; …" }
            text += "; " + reason
        }
        return text
    }
}

/// A request and its outcome as the shared table shows them.
enum TableRequest {
    static func make(_ request: CapacityRequest, _ outcome: CapacityOutcome) -> hr_table_request {
        var entry = hr_table_request()
        entry.figures.id = request.id
        entry.figures.time_ns = UInt64(max(0, request.requestedAtNanoseconds))
        entry.figures.amount = request.amount
        entry.figures.change = request.change
        entry.figures.resource = UInt32(request.resource.rawValue)
        let fitting = request.pool.utf8.count < Int(HR_TABLE_POOL)
        TableText.write(
            fitting ? request.pool : "…" + request.pool.suffix(Int(HR_TABLE_POOL) / 4),
            to: &entry.pool)
        let summary = OutcomeSummary(outcome)
        entry.figures.outcome = summary.code
        entry.figures.granted = summary.granted ?? .nan
        let reasons = request.reasons + (summary.reason.map { [$0] } ?? [])
        TableText.write(TableReasons.text(reasons), to: &entry.reason)
        return entry
    }
}
