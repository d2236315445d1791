package import Agent
internal import Aggregates
internal import HeadroomABI
internal import History

/// Moments from the history on disk, further back than the table's minute. One thread.
///
/// Each asks for one file up to the moment: 4 MiB at most. Of a window the history has what was used and the plans' figures;
/// forecasts, and reasons of plans, it has of minutes (`KeptDecisions`): those of the last minute's end stand in a window. Where
/// there are no windows, as where minutes were imported, a moment is a minute.
package final class DiskSource: SnapshotSource {
    private let directory: String
    private let identities: () -> [String: CgroupRow.ID]
    private var reader: HistoryReader?
    /// Of the block that was looked at last.
    private var decisions: KeptDecisions?

    /// `identities` says who paths are among the moments of a source before this one, so that a choice stays.
    package init(directory: String, identities: @escaping () -> [String: CgroupRow.ID] = { [:] }) {
        self.directory = directory
        self.identities = identities
    }

    package func latest() throws(AgentError) -> NodeMoment {
        release()
        guard let moment = try moment(atOrBefore: .max) else {
            throw AgentError(.failed, "\(directory): the history has no windows")
        }
        return moment
    }

    package func hold() throws(AgentError) {
        guard reader == nil else { return }
        do throws(HistoryError) {
            reader = try HistoryReader(directory: directory)
        } catch {
            throw AgentError(error.isPermission ? .permission : .failed, "\(error)")
        }
    }

    package func release() {
        reader = nil
        decisions = nil
    }

    package func moment(atOrBefore time: UInt64) throws(AgentError) -> NodeMoment? {
        let window = try window(atOrBefore: time)
        // A minute with windows in it is told by these.
        let covered = (window?.time ?? 0) + Self.minuteNanoseconds
        if window != nil, time < covered { return window }
        guard let end = try minutes(upTo: time).last, end >= covered || window == nil else { return window }
        return try minute(endingAt: end)
    }

    private func window(atOrBefore time: UInt64) throws(AgentError) -> NodeMoment? {
        var best: NodeMoment?
        for file in try files(upTo: time) {
            if let best, end(of: file) <= best.time { break }
            if let moment = try moment(in: file, DiskMoment(upTo: time)), moment.time > best?.time ?? 0 { best = moment }
        }
        return best
    }

    package func plans(at time: UInt64) throws(AgentError) -> [ShownPlan] {
        var best: DiskMoment?
        for file in try files(upTo: time) {
            if let found = best?.momentTime, end(of: file) <= found { break }
            var collected = DiskMoment(upTo: time)
            try scan(file, into: &collected)
            if let found = collected.momentTime, found > best?.momentTime ?? 0 { best = collected }
        }
        // A tick that is late to the disk is not that one.
        guard let plans = best?.plans(at: time) else { return [] }
        return try decisions(at: time, span: 0)?.completed(plans, at: time) ?? plans
    }

    package func moment(after time: UInt64) throws(AgentError) -> NodeMoment? {
        let window = try window(after: time)
        // Too near for a minute to lie between.
        if let window, window.time - time < Self.minuteNanoseconds { return window }
        for end in try minutes(after: time) where end < window?.time ?? .max {
            if let other = try self.window(atOrBefore: end), other.time + Self.minuteNanoseconds > end { continue }
            if let window, window.time <= end + Self.minuteNanoseconds / 2 { break }
            // The second of two that are one moment ends later than it.
            if let moment = try minute(endingAt: end), moment.time > time { return moment }
        }
        return window
    }

    private func window(after time: UInt64) throws(AgentError) -> NodeMoment? {
        var best: NodeMoment?
        for file in try files() where end(of: file) > time {
            if let best, file.startNanoseconds >= best.time { break }
            if let moment = try moment(in: file, DiskMoment(after: time)), moment.time < best?.time ?? .max { best = moment }
        }
        return best
    }

    // MARK: Minutes

    private static let minuteNanoseconds: UInt64 = 60_000_000_000
    /// Of minutes that lead to a moment, for its small pictures.
    private static let minutesBefore: UInt64 = UInt64(HR_TABLE_HISTORY)

    /// Ends of minutes.
    private struct Ends: HistoryVisitor {
        var times: [UInt64] = []
        mutating func minuteEnd(timeNanoseconds: UInt64, durationNanoseconds: UInt64) { times.append(timeNanoseconds) }
    }

    /// The last ones up to `time`, in order: from the newest file that has any.
    private func minutes(upTo time: UInt64) throws(AgentError) -> [UInt64] {
        try hold()
        for file in reader?.files.reversed() ?? [] where file.tier == .coarse && file.startNanoseconds <= time {
            // Another file may begin earlier and reach further.
            let ends = try minutes(within: file.startNanoseconds...max(time, file.startNanoseconds))
            if !ends.isEmpty { return ends }
        }
        return []
    }

    /// The next ones after `time`, in order.
    private func minutes(after time: UInt64) throws(AgentError) -> [UInt64] {
        guard time < .max else { return [] }
        try hold()
        let near = try minutes(within: time + 1...time + min(.max - time, 3600 * 1_000_000_000))
        if !near.isEmpty { return near }
        let next = reader?.files.first { $0.tier == .coarse && $0.startNanoseconds > time }
        // The last file may have a gap of hours.
        return try minutes(within: time + 1...(next.map { $0.startNanoseconds + 3600 * 1_000_000_000 } ?? .max))
    }

    private func minutes(within range: ClosedRange<UInt64>) throws(AgentError) -> [UInt64] {
        var ends = Ends()
        try scan(range, into: &ends)
        return ends.times.sorted()
    }

    private func minute(endingAt end: UInt64) throws(AgentError) -> NodeMoment? {
        // With what is of the same minute and ends a little later.
        let last = DiskMoment.lastEnd(ofMinute: DiskMoment.minute(endingAt: end))
        var collected = DiskMoment(upTo: last)
        try scan(end - min(end, Self.minutesBefore * Self.minuteNanoseconds)...last, into: &collected)
        return try moment(collected)
    }

    private func scan(_ range: ClosedRange<UInt64>, into visitor: inout some HistoryVisitor) throws(AgentError) {
        do throws(HistoryError) {
            _ = try reader?.scan(.coarse, range, into: &visitor)
        } catch {
            throw AgentError(error.isPermission ? .permission : .failed, "\(error)")
        }
    }

    private func files() throws(AgentError) -> [HistoryFile] {
        try hold()
        return reader?.files.filter { $0.tier == .fine } ?? []
    }

    /// Those that begin before, the one that reaches furthest first: where the clock was set back, that is not the one that
    /// begins last.
    private func files(upTo time: UInt64) throws(AgentError) -> [HistoryFile] {
        try files().filter { $0.startNanoseconds <= time }.sorted {
            (min(end(of: $0), time), $0.startNanoseconds) > (min(end(of: $1), time), $1.startNanoseconds)
        }
    }

    private func end(of file: HistoryFile) -> UInt64 { reader?.end(of: file) ?? .max }

    private func moment(in file: HistoryFile, _ empty: DiskMoment) throws(AgentError) -> NodeMoment? {
        var collected = empty
        try scan(file, into: &collected)
        return try moment(collected)
    }

    private func moment(_ collected: DiskMoment) throws(AgentError) -> NodeMoment? {
        guard let time = collected.momentTime else { return nil }
        return collected.moment(identities(), try decisions(at: time, span: collected.spanNanoseconds))
    }

    private func scan(_ file: HistoryFile, into visitor: inout some HistoryVisitor) throws(AgentError) {
        do throws(HistoryError) {
            _ = try reader?.scan(file, into: &visitor)
        } catch {
            throw AgentError(error.isPermission ? .permission : .failed, "\(error)")
        }
    }

    /// - Parameter span: before the moment, nanoseconds: of which forecasts are wanted too.
    private func decisions(at time: UInt64, span: UInt64) throws(AgentError) -> KeptDecisions? {
        if let decisions, decisions.tells(of: time, span: span) { return decisions }
        var found = KeptDecisions(around: time, span: span)
        do throws(HistoryError) {
            _ = try reader?.scan(.coarse, found.range, into: &found)
        } catch {
            throw AgentError(error.isPermission ? .permission : .failed, "\(error)")
        }
        decisions = found
        return found
    }
}

/// One tick of a file, and the windows that led to it.
private struct DiskMoment: HistoryVisitor {
    private struct Known {
        var cgroup: HistoryCgroup
        /// Of the ticks in which it did something, the last ones.
        var windows: [DiskWindow] = []
        var peakCores = Float.nan
        var firstTick: Int
        var lastTick = 0
        /// Its last window was told.
        var isGone = false
    }

    private let limit: UInt64
    /// Wanted is the first tick after `limit`, instead of the last up to it.
    private let isAfter: Bool
    private var header = HistoryHeader()
    private var cgroups: [String: Known] = [:]
    private var plans: [ShownPlan] = []
    private var pendingPlans: [ShownPlan] = []
    private var pending: [(HistoryCgroup, Figures, Float, Bool)] = []
    private var tick = 0
    private var time: UInt64 = 0
    /// Of the last ticks.
    private var times: [UInt64] = []
    private var isDone = false
    /// Of moments that are minutes.
    private var lastMinute: UInt64?
    private static let kept = Int(HR_TABLE_HISTORY)

    init(upTo limit: UInt64) {
        self.limit = limit
        isAfter = false
    }

    init(after limit: UInt64) {
        self.limit = limit
        isAfter = true
    }

    mutating func begin(_ header: HistoryHeader, _ file: HistoryFile) {
        if !file.isImported || self.header.intervalNanoseconds == 0 { self.header = header }
        if file.tier == .coarse { self.header.intervalNanoseconds = 60_000_000_000 }
    }

    // MARK: Minutes

    mutating func minute(_ cgroup: HistoryCgroup, _ minute: HistoryMinute, timeNanoseconds: UInt64) {
        guard !isDone else { return }
        var figures = Figures()
        for resource in Resource.measured {
            if let figure = Figure(resource) { figures[figure] = Float(minute.means[Int(resource.rawValue)]) }
        }
        // Of what was imported that is not known.
        figures[.delay] = cgroup.isImported ? .nan : Float(Double(minute.delayNanoseconds) / 60e9)
        for figure in [Figure.throttled, .pressureCPU, .pressureMemory, .pressureIO, .forecastCPU, .forecastMemory] {
            figures[figure] = .nan
        }
        pending.append((cgroup, figures, Float(minute.peaks[0]), false))
    }

    /// The number of the minute that ends about then, and the last moment that is so.
    static func minute(endingAt end: UInt64) -> UInt64 { (end - min(end, 30_000_000_000)) / 60_000_000_000 }
    static func lastEnd(ofMinute minute: UInt64) -> UInt64 { minute * 60_000_000_000 + 90_000_000_000 - 1 }

    mutating func minuteEnd(timeNanoseconds: UInt64, durationNanoseconds: UInt64) {
        let minute = Self.minute(endingAt: timeNanoseconds)
        if minute == lastMinute {
            // Recorded and imported minutes of the same time are one moment.
            defer { pending.removeAll(keepingCapacity: true) }
            if timeNanoseconds <= limit { place() }
        } else {
            lastMinute = minute
            // All that were there in a minute are in it.
            cgroups = cgroups.filter { $0.value.lastTick == tick }
            self.tick(timeNanoseconds: timeNanoseconds, durationNanoseconds: durationNanoseconds)
        }
    }

    mutating func window(_ cgroup: HistoryCgroup, _ window: Window, _ detail: HistoryDetail) {
        guard !isDone else { return }
        var figures = Figures()
        for resource in Resource.measured {
            if let figure = Figure(resource) { figures[figure] = Float(window.value(resource)) }
        }
        figures[.delay] = Float(window.delayRatio)
        figures[.throttled] = .nan
        figures[.pressureCPU] = detail.pressure[0]
        figures[.pressureMemory] = detail.pressure[2]
        figures[.pressureIO] = detail.pressure[4]
        figures[.forecastCPU] = .nan
        figures[.forecastMemory] = .nan
        let peak = detail.cpuPeakCores > 0 ? detail.cpuPeakCores : .nan
        pending.append((cgroup, figures, peak, window.is_final != 0))
    }

    mutating func plan(_ plan: HistoryPlan, _ figures: HistoryPlanFigures, timeNanoseconds: UInt64) {
        guard !isDone else { return }
        pendingPlans.append(ShownPlan(plan, figures, timeNanoseconds: timeNanoseconds))
    }

    mutating func tick(timeNanoseconds: UInt64, durationNanoseconds: UInt64) {
        defer {
            pending.removeAll(keepingCapacity: true)
            pendingPlans.removeAll(keepingCapacity: true)
        }
        // Where the clock was set back, what comes after one that is too late may be early enough.
        guard !isDone, isAfter || timeNanoseconds <= limit else { return }
        tick += 1
        time = timeNanoseconds
        times.append(timeNanoseconds)
        if times.count >= 2 * Self.kept { times.removeFirst(Self.kept) }
        for (path, known) in cgroups where known.isGone { cgroups[path] = nil }
        place()
        plans = pendingPlans
        if isAfter, timeNanoseconds > limit { isDone = true }
    }

    /// What came of this tick to what is known of others.
    private mutating func place() {
        for (cgroup, figures, peak, isLast) in pending {
            var known = cgroups[cgroup.path] ?? Known(cgroup: cgroup, firstTick: tick)
            if known.cgroup.cgroupID != cgroup.cgroupID { known = Known(cgroup: cgroup, firstTick: tick) }
            known.windows.append(DiskWindow(tick: tick, figures: figures))
            if known.windows.count > 2 * Self.kept { known.windows.removeFirst(Self.kept) }
            known.peakCores = peak
            known.lastTick = tick
            known.isGone = isLast
            cgroups[cgroup.path] = known
        }
    }

    /// End of the tick that was looked for; nil when the file has none.
    var momentTime: UInt64? {
        guard tick > 0, !isAfter || isDone, isAfter ? time > limit : time <= limit else { return nil }
        return time
    }

    /// Of the windows that are shown beside a figure.
    var spanNanoseconds: UInt64 { UInt64(Self.kept) * max(1, header.intervalNanoseconds) }

    /// Those of cgroups are not among them. - Returns: nil when there is no window that ended then.
    func plans(at wanted: UInt64) -> [ShownPlan]? {
        guard let time = momentTime, wanted - time <= header.intervalNanoseconds / 2 else { return nil }
        return plans.filter { $0.pool?.hasPrefix("/") != true }
    }

    /// With `momentTime`.
    func moment(_ identities: [String: CgroupRow.ID], _ decisions: KeptDecisions?) -> NodeMoment {
        var facts = NodeFacts()
        facts.intervalNanoseconds = max(1, header.intervalNanoseconds)
        facts.horizonsSeconds = header.horizonsNanoseconds.map { Double($0) / 1e9 }
        facts.quantiles = header.quantiles
        let nodePlans = plans.filter { $0.pool?.hasPrefix("/") != true }
        facts.plans = decisions?.completed(nodePlans, at: time) ?? nodePlans
        facts.requests = decisions?.requests(at: time) ?? []
        facts.own = decisions?.own(at: time)
        facts.forecastNanoseconds = decisions?.forecastTime(at: time)
        let limits = Dictionary(grouping: plans.filter { $0.pool?.hasPrefix("/") == true }) { $0.pool ?? "" }
        facts.isKept = true
        if !header.hostname.isEmpty { facts.hostName = header.hostname }
        let sorted = cgroups.filter { lastMinute == nil || $0.value.lastTick == tick }.sorted { $0.key < $1.key }
        facts.cgroups = sorted.count
        let places = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1.key, $0) })
        var rows: [CgroupRow] = []
        var histories: [CgroupRow.ID: [Figures]] = [:]
        var forecasts: [CgroupRow.ID: CgroupForecasts] = [:]
        for (place, (path, known)) in sorted.enumerated() {
            // Places in the table are never that large.
            let id = identities[path] ?? CgroupRow.ID(slot: 1 << 40 + place, generation: known.cgroup.cgroupID)
            var history = Self.filled(known.windows, from: known.firstTick, to: tick)
            if let decisions {
                let columns = decisions.columns(of: path, known.cgroup.cgroupID)
                for back in 0..<min(history.count, times.count) {
                    let place = history.count - 1 - back
                    let stood = KeptDecisions.column(columns, at: times[times.count - 1 - back])
                    history[place][.forecastCPU] = stood.cpu
                    history[place][.forecastMemory] = stood.memory
                }
                forecasts[id] = decisions.forecasts(of: path, known.cgroup.cgroupID, at: time)
            }
            var row = CgroupRow(id: id, name: CgroupName(path: path), figures: history.last ?? Figures())
            row.peakCores = known.lastTick == tick ? known.peakCores : .nan
            for plan in limits[path] ?? [] where plan.figures.ready.isFinite {
                if plan.resource == .cpu { row.limitCores = Float(plan.figures.ready) }
                if plan.resource == .memory { row.limitBytes = Float(plan.figures.ready) }
            }
            if let parent = CgroupPath.parent(of: path) { row.parent = places[String(parent)].map { Int32($0) } ?? -1 }
            rows.append(row)
            histories[id] = history
        }
        return NodeMoment(time: time, facts: facts, rows: rows, details: DiskDetails(histories: histories, forecasts: forecasts))
    }

    /// One a tick, up to the last minute of them; where a cgroup did nothing it held its memory.
    private static func filled(_ windows: [DiskWindow], from first: Int, to last: Int) -> [Figures] {
        let begin = max(first, last - kept + 1)
        var filled: [Figures] = []
        var memory: Float = 0
        var next = windows.startIndex
        while next < windows.endIndex, windows[next].tick < begin {
            memory = windows[next].figures[.memory]
            next += 1
        }
        for tick in begin...max(begin, last) {
            if next < windows.endIndex, windows[next].tick == tick {
                filled.append(windows[next].figures)
                memory = windows[next].figures[.memory]
                next += 1
            } else {
                var idle = Figures()
                for figure in Figure.allCases { idle[figure] = 0 }
                idle[.memory] = memory
                for figure in [Figure.throttled, .forecastCPU, .forecastMemory] { idle[figure] = .nan }
                filled.append(idle)
            }
        }
        return filled
    }
}

/// What a cgroup did in a tick.
private struct DiskWindow {
    let tick: Int
    let figures: Figures
}

private struct DiskDetails: CgroupDetails {
    let histories: [CgroupRow.ID: [Figures]]
    let forecasts: [CgroupRow.ID: CgroupForecasts]

    func history(_ figure: Figure, of row: CgroupRow.ID) -> [Float] { histories[row]?.map { $0[figure] } ?? [] }
    func detail(of row: CgroupRow.ID) -> CgroupDetail? { nil }
    func forecasts(of row: CgroupRow.ID) -> CgroupForecasts? { forecasts[row] }
}

extension ShownPlan {
    /// What the history has of it.
    fileprivate init(_ plan: HistoryPlan, _ kept: HistoryPlanFigures, timeNanoseconds: UInt64) {
        var figures = hr_plan_figures()
        figures.time_ns = timeNanoseconds
        figures.demand = kept.demand
        figures.forecast = kept.forecast ?? .nan
        figures.fraction = plan.fraction
        figures.target = kept.target
        figures.ready = kept.ready
        figures.pending = kept.pending
        figures.allocatable = .nan
        figures.coverage = .nan
        figures.hold_price = .nan
        figures.lead_ns = UInt64(max(0, plan.leadNanoseconds))
        figures.horizon_ns = figures.lead_ns
        figures.cost_ratio = plan.fraction / (1 - plan.fraction)
        self.init(
            resource: plan.resource, figures: figures, reason: "", pool: plan.pool == "node" ? nil : plan.pool,
            applications: 0)
    }
}
