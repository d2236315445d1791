internal import Agent
internal import Aggregates
internal import HeadroomABI
internal import History
internal import Planner

/// What the minutes of a history say of forecasts, plans, requests and the agent, of some minutes and the hour before
/// them. One thread.
///
/// Memory: a few hundred bytes a cgroup and minute of `span`, and the lines of requests.
struct KeptDecisions: HistoryVisitor {
    /// Requests are looked for so long before the moment.
    static let requestNanoseconds: UInt64 = 3_600_000_000_000
    /// A forecast that is older does not stand any more: its minutes are missing.
    private static let forecastNanoseconds: UInt64 = 150_000_000_000
    /// What is read at once, so that a step to the next window does not read again.
    private static let blockNanoseconds: UInt64 = 300_000_000_000

    private struct PlanKey: Hashable {
        let pool: String
        let resource: Resource
    }

    private struct Minute {
        var end: UInt64 = 0
        var cgroups: [String: (id: UInt64, minute: HistoryMinute)] = [:]
        var plans: [PlanKey: HistoryPlanMinute] = [:]
        /// JSON lines of plans, with their reasons.
        var lines: [ArraySlice<UInt8>] = []
        var agent: HistoryAgentMinute?
    }

    /// The moments that it can tell of, and what has to be read for that.
    private let block: Range<UInt64>
    private let detailed: Range<UInt64>
    var range: ClosedRange<UInt64> {
        let least = block.lowerBound - min(block.lowerBound, Self.requestNanoseconds)
        return min(least, detailed.lowerBound)...detailed.upperBound
    }

    private let span: UInt64
    private var header = HistoryHeader()
    private var minutes: [Minute] = []
    private var requests: [(time: UInt64, line: ArraySlice<UInt8>)] = []
    private var newest: UInt64 = 0

    /// - Parameters:
    ///   - time: Unix nanoseconds.
    ///   - span: before a moment, of which forecasts are wanted.
    init(around time: UInt64, span: UInt64) {
        self.span = span
        let start = time / Self.blockNanoseconds * Self.blockNanoseconds
        block = start..<start + Self.blockNanoseconds
        let before = span + Self.forecastNanoseconds
        // One minute more shows that the block's last is there.
        detailed = start - min(start, before)..<block.upperBound + 90_000_000_000
    }

    /// Whether reading again would find no more about a moment.
    func tells(of time: UInt64, span: UInt64) -> Bool { block.contains(time) && time <= newest && span <= self.span }

    mutating func begin(_ header: HistoryHeader, _ file: HistoryFile) { self.header = header }

    mutating func minute(_ cgroup: HistoryCgroup, _ minute: HistoryMinute, timeNanoseconds: UInt64) {
        guard detailed.contains(timeNanoseconds) else { return }
        change(timeNanoseconds) { $0.cgroups[cgroup.path] = (cgroup.cgroupID, minute) }
    }

    mutating func planMinute(_ plan: HistoryPlan, _ minute: HistoryPlanMinute, timeNanoseconds: UInt64) {
        guard detailed.contains(timeNanoseconds) else { return }
        change(timeNanoseconds) { $0.plans[PlanKey(pool: plan.pool, resource: plan.resource)] = minute }
    }

    mutating func agentMinute(_ minute: HistoryAgentMinute, timeNanoseconds: UInt64) {
        newest = max(newest, timeNanoseconds)
        guard detailed.contains(timeNanoseconds) else { return }
        change(timeNanoseconds) { $0.agent = minute }
    }

    mutating func line(_ text: ArraySlice<UInt8>, timeNanoseconds: UInt64) {
        if HistoryLine.isOf("request", text) {
            requests.append((timeNanoseconds, text))
        } else if HistoryLine.isOf("plan", text), detailed.contains(timeNanoseconds) {
            change(timeNanoseconds) { $0.lines.append(text) }
        }
    }

    private mutating func change(_ time: UInt64, _ body: (inout Minute) -> Void) {
        if minutes.last?.end != time { minutes.append(Minute(end: time)) }
        body(&minutes[minutes.count - 1])
    }

    // MARK: What stood at a moment

    private func minute(standingAt time: UInt64) -> Minute? {
        minutes.last { $0.end <= time && time - $0.end <= Self.forecastNanoseconds }
    }

    /// When the columns' forecasts that stood at a moment were made; nil when none is kept.
    func forecastTime(at time: UInt64) -> UInt64? {
        guard let minute = minute(standingAt: time) else { return nil }
        let isThere = minute.cgroups.values.contains { one in
            (0..<2).contains { index in
                isOneHorizon ? !one.minute.forecasts[index].isEmpty : one.minute.longForecasts[index] != nil
            }
        }
        return isThere ? minute.end : nil
    }

    /// Then the first lead is the longest.
    private var isOneHorizon: Bool { header.horizonsNanoseconds.count == 1 }

    /// All that is kept of a cgroup's forecasts; nil for one that had none.
    func forecasts(of path: String, _ cgroupID: UInt64, at time: UInt64) -> CgroupForecasts? {
        guard let minute = minute(standingAt: time), let one = minute.cgroups[path], one.id == cgroupID else { return nil }
        var forecasts = CgroupForecasts(madeNanoseconds: minute.end)
        let longest = header.horizonsNanoseconds.count - 1
        for resource in Resource.measured {
            let index = Int(resource.rawValue)
            for (quantile, value) in one.minute.forecasts[index].enumerated() {
                forecasts[resource, 0, quantile] = value
            }
            if index < 2, longest > 0, let value = one.minute.longForecasts[index],
                let quantile = WindowHistory.nearest(to: 0.95, of: header.quantiles)
            {
                forecasts[resource, longest, quantile] = value
            }
        }
        return forecasts.isEmpty ? nil : forecasts
    }

    /// A column's forecasts, of CPU and of memory, from the minutes' ends on at which they stood, oldest first.
    func columns(of path: String, _ cgroupID: UInt64) -> [(from: UInt64, cpu: Float, memory: Float)] {
        let quantile = WindowHistory.nearest(to: 0.95, of: header.quantiles)
        return minutes.compactMap { minute in
            guard let one = minute.cgroups[path], one.id == cgroupID else { return nil }
            func value(_ index: Int) -> Float {
                guard isOneHorizon else { return one.minute.longForecasts[index].map { Float($0) } ?? .nan }
                let values = one.minute.forecasts[index]
                guard let quantile, quantile < values.count else { return .nan }
                return Float(values[quantile])
            }
            return (minute.end, value(0), value(1))
        }
    }

    /// One of `columns` at a moment; NaN for none.
    static func column(_ columns: [(from: UInt64, cpu: Float, memory: Float)], at time: UInt64) -> (cpu: Float, memory: Float) {
        guard let one = columns.last(where: { $0.from <= time }), time - one.from <= forecastNanoseconds else { return (.nan, .nan) }
        return (one.cpu, one.memory)
    }

    /// What the agent used in the minute before.
    func own(at time: UInt64) -> NodeFacts.OwnCost? {
        minute(standingAt: time)?.agent.map {
            NodeFacts.OwnCost(
                cores: $0.cores, residentBytes: $0.residentBytes,
                probeCores: $0.probeNanosecondsPerSecond / 1e9, walkNanoseconds: nil)
        }
    }

    /// A window's plans, with what is kept of minutes alone: limits, coverage, and the reasons.
    func completed(_ plans: [ShownPlan], at time: UInt64) -> [ShownPlan] {
        guard let minute = minute(standingAt: time) else { return plans }
        var reasons: [PlanKey: String] = [:]
        for line in minute.lines.compactMap({ HistoryLine($0) }) {
            guard let pool = line.word("pool"), let resource = line.word("resource").flatMap({ Resource(name: $0) }) else { continue }
            reasons[PlanKey(pool: pool, resource: resource)] = line.words("reasons").joined(separator: "; ")
        }
        return plans.map { plan in
            let key = PlanKey(pool: plan.pool ?? EngineConfiguration().pool, resource: plan.resource)
            var figures = plan.figures
            if let kept = minute.plans[key] {
                figures.allocatable = kept.allocatable ?? .nan
                figures.coverage = kept.coverage ?? .nan
                if let ladder = kept.ladder { figures.horizon_ns = ladder.horizonNanoseconds }
            }
            return ShownPlan(
                resource: plan.resource, figures: figures, reason: reasons[key] ?? "", pool: plan.pool,
                applications: plan.applications, reasonNanoseconds: reasons[key] == nil ? nil : minute.end)
        }
    }

    /// The last requests up to a moment, newest first, each as it had been answered by then.
    func requests(at time: UInt64) -> [ShownRequest] {
        var shown: [ShownRequest] = []
        var seen: Set<String> = []
        let oldest = time - min(time, Self.requestNanoseconds)
        for (told, text) in requests.reversed() where told <= time {
            guard told >= oldest, shown.count < Int(HR_TABLE_REQUESTS) else { break }
            guard let line = HistoryLine(text), let request = ShownRequest(line),
                // A later answer to the same request has been seen.
                seen.insert("\(line.word("id") ?? "") \(line.word("time_s") ?? "")").inserted
            else { continue }
            shown.append(request)
        }
        return shown
    }
}

extension ShownRequest {
    /// As a JSON line tells of it.
    fileprivate init?(_ line: HistoryLine) {
        guard let resource = line.word("resource").flatMap({ Resource(name: $0) }), let pool = line.word("pool"),
            let seconds = line.number("time_s"), seconds >= 0, seconds < 1e10
        else { return nil }
        var figures = hr_request_figures()
        figures.id = line.word("id").flatMap { UInt64($0) } ?? 0
        figures.time_ns = UInt64(seconds * 1e9)
        figures.amount = line.number("amount") ?? .nan
        figures.change = line.number("change") ?? 0
        figures.granted = line.number("granted") ?? .nan
        figures.resource = UInt32(resource.rawValue)
        figures.outcome = OutcomeSummary.names.firstIndex(of: line.word("outcome") ?? "").map { UInt32($0) } ?? .max
        let reasons = line.words("reasons") + [line.word("outcome_reason")].compactMap { $0 }
        self.init(resource: resource, figures: figures, pool: pool, reason: reasons.joined(separator: "; "))
    }
}
