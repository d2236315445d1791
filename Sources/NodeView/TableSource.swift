package import Agent
package import Aggregates
internal import HeadroomABI

/// Moments of the running agent, from its shared table: the present, and the last minute of
/// windows that the table keeps. One thread.
///
/// Looking back tells of the cgroups that are still there; plans and forecasts are the present's.
package final class TableSource: SnapshotSource {
    private let table: LiveTable
    private var held: HeldTable?
    private var names: [(generation: UInt64, name: CgroupName)?] = []
    private var pods: PodDirectory
    /// Told what was found when the file of pods has news.
    private let readPods: (() -> [Pod]?)?

    /// - Parameter readPods: all pods, when there is news of them.
    package init(directory: RuntimeDirectory, readPods: (() -> [Pod]?)? = nil) throws(AgentError) {
        table = LiveTable(try TableAttachment(directory: directory))
        pods = PodDirectory([])
        self.readPods = readPods
    }

    /// Whether the agent that runs in `directory` is the one whose table this is.
    package func isCurrent(in directory: RuntimeDirectory) -> Bool {
        TableAttachment.agentRuns(in: directory) && table.isCurrent(in: directory)
    }

    /// Who paths are, of the cgroups that were there last. O(cgroups).
    package var identities: [String: CgroupRow.ID] {
        var identities: [String: CgroupRow.ID] = [:]
        for (place, known) in names.enumerated() {
            if let known { identities[known.name.path] = CgroupRow.ID(slot: place, generation: known.generation) }
        }
        return identities
    }

    package func latest() throws(AgentError) -> NodeMoment {
        if let news = readPods?() {
            pods = PodDirectory(news)
            names.removeAll(keepingCapacity: true)
        }
        guard let header = table.header() else { throw Self.halfWritten }
        return moment(of: table, header, back: nil, time: header.last_tick_ns)
    }

    private static let halfWritten = AgentError(
        .failed, "the agent's table stays half written: is the agent stopped?")

    package func hold() throws(AgentError) {
        guard held == nil else { return }
        guard let copy = table.copied() else { throw Self.halfWritten }
        held = copy
    }

    package func release() { held = nil }

    package func moment(atOrBefore time: UInt64) throws(AgentError) -> NodeMoment? {
        try moment { $0.last { $0.end <= time } }
    }

    package func moment(after time: UInt64) throws(AgentError) -> NodeMoment? {
        try moment { $0.first { $0.end > time } }
    }

    private func moment(
        _ choose: ([(tick: UInt64, end: UInt64)]) -> (tick: UInt64, end: UInt64)?
    ) throws(AgentError) -> NodeMoment? {
        try hold()
        guard let held, let header = held.header() else { throw Self.halfWritten }
        guard let (tick, end) = choose(Self.ends(of: header)) else { return nil }
        // Its own end, also of the newest: the agent tells of windows before it tells of the tick that they
        // belong to, and who asks for what came after a time has to get on.
        return moment(of: held, header, back: tick == header.history_tick ? nil : tick, time: end)
    }

    /// When the windows that are kept ended, oldest first.
    private static func ends(of header: TableHeader) -> [(tick: UInt64, end: UInt64)] {
        let all = header.elements(of: \.history_ends_ns, as: UInt64.self)
        let newest = header.history_tick
        guard newest > 0 else { return [] }
        let count = UInt64(all.count)
        let oldest = newest > count ? newest - count + 1 : 1
        return (oldest...newest).map { ($0, all[Int($0 % count)]) }
    }

    private func moment(
        of table: any ReadableTable, _ header: TableHeader, back tick: UInt64?, time: UInt64
    ) -> NodeMoment {
        var facts = NodeFacts(header)
        facts.requests.removeAll { $0.figures.time_ns > time }
        let rows = rows(of: table, header, at: tick)
        return NodeMoment(
            time: time, facts: facts, rows: rows,
            details: TableDetails(
                table: table, tick: tick ?? .max, newest: header.history_tick,
                longest: facts.horizonsSeconds.count - 1,
                quantile: WindowHistory.nearest(to: 0.95, of: facts.quantiles)))
    }

    // MARK: Rows

    private func rows(
        of table: any ReadableTable, _ header: TableHeader, at tick: UInt64?
    ) -> [CgroupRow] {
        let count = min(Int(header.slots_used), table.slotCount)
        if names.count < count { names += repeatElement(nil, count: count - names.count) }
        let quantiles = header.elements(
            of: \.quantiles, as: Double.self, first: Int(header.quantile_count))
        var history = WindowHistory()
        history.choose(horizons: Int(header.horizon_count), quantiles: quantiles)
        var rows: [CgroupRow] = []
        rows.reserveCapacity(count)
        var parents: [Int32] = []
        parents.reserveCapacity(count)
        var places = [Int32](repeating: -1, count: count)
        for index in 0..<count {
            guard let seen = unsafe table.look(index, { unsafe SlotLook($0, history, tick) }) else {
                continue
            }
            var row = CgroupRow(
                id: CgroupRow.ID(slot: index, generation: seen.generation),
                name: name(of: index, seen.generation, in: table), figures: seen.figures)
            row.limitCores = seen.limitCores
            row.limitBytes = seen.limitBytes
            row.peakCores = seen.peakCores
            places[index] = Int32(rows.count)
            rows.append(row)
            parents.append(seen.parent)
        }
        for place in rows.indices {
            let parent = Int(parents[place])
            if parent >= 0, parent < count { rows[place].parent = places[parent] }
        }
        return rows
    }

    private func name(
        of index: Int, _ generation: UInt64, in table: any ReadableTable
    ) -> CgroupName {
        if let known = names[index], known.generation == generation { return known.name }
        let path = unsafe table.look(index) { unsafe TableText.read(\.path, of: $0) } ?? ""
        let identity = pods.count == 0 ? nil : CgroupIdentity(path: path)
        let name = CgroupName(path: path, workload: pods.workload(of: identity))
        names[index] = (generation, name)
        return name
    }
}

/// What a row takes of a slot.
private struct SlotLook {
    let generation: UInt64
    let parent: Int32
    let figures: Figures
    var limitCores: Float = 0
    var limitBytes: Float = 0
    var peakCores = Float.nan

    /// - Parameter tick: a past one; nil for the present.
    init?(_ slot: UnsafePointer<hr_table_slot>, _ history: WindowHistory, _ tick: UInt64?) {
        guard unsafe slot.pointee.live == 1 else { return nil }
        generation = unsafe slot.pointee.generation
        parent = unsafe slot.pointee.parent
        if let tick {
            guard unsafe slot.pointee.history_first <= tick, unsafe slot.pointee.history_first > 0
            else { return nil }
            var figures = Figures()
            for figure in Figure.allCases {
                figures[figure] = unsafe WindowHistory.value(figure, of: slot, at: tick)
            }
            self.figures = figures
            return
        }
        guard unsafe slot.pointee.window.end_ns > 0 else {
            figures = Figures()
            return
        }
        figures = unsafe history.figures(of: slot)
        limitCores = Float(unsafe slot.pointee.limit_cores)
        limitBytes = Float(unsafe slot.pointee.limit_bytes)
        if unsafe slot.pointee.detail.knowsPeaks {
            peakCores = unsafe slot.pointee.detail.cpu_peak_10ms_cores
        }
    }
}

/// Answers from a table for the moment that was read from it last.
private struct TableDetails: CgroupDetails {
    let table: any ReadableTable
    /// A past tick, or the largest number for the present.
    let tick: UInt64
    let newest: UInt64
    /// Of the forecasts that are kept of past windows.
    let longest: Int
    let quantile: Int?

    func history(_ figure: Figure, of row: CgroupRow.ID) -> [Float] {
        let until = min(tick, newest)
        return unsafe look(row) { unsafe WindowHistory.read(figure, of: $0, until: until) } ?? []
    }

    func detail(of row: CgroupRow.ID) -> CgroupDetail? {
        guard tick == .max else { return nil }
        return unsafe look(row) { slot in
            unsafe CgroupDetail(window: slot.pointee.window, detail: slot.pointee.detail)
        }
    }

    /// Of a past window one is kept, that of the columns.
    func forecasts(of row: CgroupRow.ID) -> CgroupForecasts? {
        guard tick != .max else { return unsafe look(row) { unsafe CgroupForecasts(cells: TableLayout.forecasts(of: $0)) } }
        guard let quantile else { return nil }
        return unsafe look(row) { slot in
            var forecasts = CgroupForecasts()
            for (resource, figure) in [(Resource.cpu, Figure.forecastCPU), (.memory, .forecastMemory)] {
                let value = unsafe WindowHistory.value(figure, of: slot, at: tick)
                if !value.isNaN { forecasts[resource, longest, quantile] = Double(value) }
            }
            return forecasts.isEmpty ? nil : forecasts
        }
    }

    private func look<Result>(_ row: CgroupRow.ID, _ body: (UnsafePointer<hr_table_slot>) -> Result?) -> Result? {
        unsafe table.look(row.slot) { slot -> Result? in
            guard unsafe slot.pointee.live == 1, unsafe slot.pointee.generation == row.generation
            else { return nil }
            return unsafe body(slot)
        }
    }
}

/// A table that is read: the agent's, or a copy. By reference, as moments hold on to it.
private protocol ReadableTable: AnyObject {
    var slotCount: Int { get }
    func header() -> TableHeader?
    func look<Result>(
        _ index: Int, _ body: (UnsafePointer<hr_table_slot>) -> Result?
    ) -> Result?
}

private final class LiveTable: ReadableTable {
    private var attachment: TableAttachment

    init(_ attachment: consuming TableAttachment) { self.attachment = attachment }

    var slotCount: Int { attachment.reader.slotCount }
    func header() -> TableHeader? { attachment.reader.header() }
    func look<Result>(
        _ index: Int, _ body: (UnsafePointer<hr_table_slot>) -> Result?
    ) -> Result? { unsafe attachment.reader.look(at: index, body) }

    func isCurrent(in directory: RuntimeDirectory) -> Bool { attachment.isCurrent(in: directory) }

    func copied() -> HeldTable? {
        guard let copy = TableCopy(of: &attachment.reader) else { return nil }
        return HeldTable(copy)
    }
}

private final class HeldTable: ReadableTable {
    private var copy: TableCopy

    init(_ copy: consuming TableCopy) { self.copy = copy }

    var slotCount: Int { copy.reader.slotCount }
    func header() -> TableHeader? { copy.reader.header() }
    func look<Result>(
        _ index: Int, _ body: (UnsafePointer<hr_table_slot>) -> Result?
    ) -> Result? { unsafe copy.reader.look(at: index, body) }
}

extension NodeFacts {
    /// As a table's header tells them.
    init(_ header: TableHeader) {
        self.init()
        startedNanoseconds = header.started_ns
        intervalNanoseconds = max(1, header.interval_ns)
        cgroups = Int(clamping: header.cgroups)
        let up = max(1, Double(header.last_tick_ns) - Double(header.started_ns))
        own = OwnCost(
            cores: Double(header.self_cpu_ns) / up,
            residentBytes: Double(header.self_rss_bytes),
            probeCores: Double(header.probe_ns_per_s) / 1e9,
            walkNanoseconds: Double(header.walk_duration_ns))
        losses = unsafe header.withElements(of: \.losses, as: UInt64.self) { counts in
            LossCause.all.map { ($0, unsafe counts[$0.index]) }
        }
        shed = Unobserved.names(header.shed)
        horizonsSeconds = header.elements(
            of: \.horizons_ns, as: UInt64.self, first: Int(header.horizon_count)
        ).map { Double($0) / 1e9 }
        quantiles = header.elements(
            of: \.quantiles, as: Double.self, first: Int(header.quantile_count))
        plans = header.plans
        requests = header.requests
    }
}
