internal import Agent
internal import Aggregates
internal import Glibc
internal import HeadroomABI
internal import History
internal import NodeView
internal import Planner

/// The history as lines on standard output: JSON as `run --json` writes it, or text.
struct HistoryLines: HistoryVisitor {
    /// The events, requests, losses and plans of a time, which stand beside its minutes.
    struct Told: HistoryVisitor {
        private(set) var lines: [(time: UInt64, text: ArraySlice<UInt8>)] = []
        mutating func line(_ text: ArraySlice<UInt8>, timeNanoseconds: UInt64) { lines.append((timeNanoseconds, text)) }
    }

    var told = Told()
    private let cgroup: String?
    private let isJSON: Bool
    private var sink = JSONSink(descriptor: STDOUT_FILENO)
    private var text: [UInt8] = []
    private var nextTold = 0
    /// Lines so far.
    private(set) var count = 0
    private var quantileNames: [String] = []
    private static let bufferBytes = 1 << 16

    init(cgroup: String?, isJSON: Bool) {
        self.cgroup = cgroup
        self.isJSON = isJSON
    }

    private func isShown(_ path: String) -> Bool {
        guard let cgroup, cgroup != "/" else { return true }
        return CgroupPath.lies(path, in: cgroup)
    }

    mutating func begin(_ header: HistoryHeader, _ file: HistoryFile) {
        // Imported minutes have no forecasts, and may come between recorded ones.
        if !file.isImported { quantileNames = header.quantiles.map { "q\($0)" } }
    }

    // MARK: Windows

    mutating func window(_ cgroup: HistoryCgroup, _ window: Window, _ detail: HistoryDetail) {
        guard isShown(cgroup.path) else { return }
        count += 1
        guard isJSON else {
            return add(window.end_ns, "\(cgroup.path)  \(LineOutput.figures(window))")
        }
        let subject = WindowSubject(
            index: 0, generation: 0, cgroupID: cgroup.cgroupID, path: cgroup.path,
            identity: CgroupIdentity(path: cgroup.path), isRoot: cgroup.path == "/", isLeaf: cgroup.isLeaf)
        sink.window(subject, window) { detail.add(to: &$0) }
    }

    mutating func plan(_ plan: HistoryPlan, _ figures: HistoryPlanFigures, timeNanoseconds: UInt64) {
        count += 1
        guard isJSON else {
            func amount(_ value: Double) -> String { Quantity.text(value, of: plan.resource) }
            return add(
                timeNanoseconds,
                "plan \(plan.pool) \(plan.resource.name): \(amount(figures.demand)) in use, target \(amount(figures.target)), ready \(amount(figures.ready))"
            )
        }
        sink.line.line("plan") { line in
            line.field("time_s", Double(timeNanoseconds) / 1e9)
            line.field("pool", plan.pool)
            line.field("resource", plan.resource.name)
            line.field("field", plan.resource.fieldName)
            line.field("demand", figures.demand)
            line.field("forecast", figures.forecast ?? .nan)
            line.field("fraction", plan.fraction)
            line.field("target", figures.target)
            line.field("ready", figures.ready)
            line.field("pending", figures.pending)
        }
    }

    mutating func tick(timeNanoseconds: UInt64, durationNanoseconds: UInt64) {
        tell(until: timeNanoseconds)
        flush(above: Self.bufferBytes)
    }

    // MARK: Minutes

    mutating func minute(_ cgroup: HistoryCgroup, _ minute: HistoryMinute, timeNanoseconds: UInt64) {
        guard isShown(cgroup.path) else { return }
        count += 1
        guard isJSON else {
            let figures = Resource.measured.filter { minute.peaks[Int($0.rawValue)] > 0 }.map {
                let index = Int($0.rawValue)
                return "\($0.name) \(Quantity.text(minute.means[index], of: $0)) (peak \(Quantity.text(minute.peaks[index], of: $0)))"
            }
            return add(timeNanoseconds, "\(cgroup.path)  \(figures.joined(separator: "  "))")
        }
        let names = quantileNames
        sink.line.line("minute") { line in
            line.field("time_s", Double(timeNanoseconds) / 1e9)
            line.field("cgroup", cgroup.path)
            line.field("cgroup_id", cgroup.cgroupID)
            if let application = cgroup.application { line.field("application", application) }
            line.field("run_queue_delay_ns", minute.delayNanoseconds)
            line.field("throttled_ns", minute.throttledNanoseconds)
            for resource in Resource.measured {
                let index = Int(resource.rawValue)
                line.object(named: resource.name) { line in
                    line.field("mean", minute.means[index])
                    line.field("peak", minute.peaks[index])
                    if index < minute.longForecasts.count, let long = minute.longForecasts[index] {
                        line.field("forecast_longest", long)
                    }
                    guard !minute.forecasts[index].isEmpty else { return }
                    line.object("forecast") { line in
                        for (name, value) in zip(names, minute.forecasts[index]) { line.field(named: name, value) }
                    }
                }
            }
        }
    }

    mutating func planMinute(_ plan: HistoryPlan, _ minute: HistoryPlanMinute, timeNanoseconds: UInt64) {
        count += 1
        guard isJSON else {
            func amount(_ value: Double) -> String { Quantity.text(value, of: plan.resource) }
            return add(
                timeNanoseconds,
                "plan \(plan.pool) \(plan.resource.name): \(amount(minute.meanDemand)) in use (peak \(amount(minute.peakDemand))), target \(amount(minute.last.target)), ready \(amount(minute.last.ready))"
            )
        }
        let names = quantileNames
        sink.line.line("plan_minute") { line in
            line.field("time_s", Double(timeNanoseconds) / 1e9)
            line.field("pool", plan.pool)
            line.field("resource", plan.resource.name)
            line.field("field", plan.resource.fieldName)
            line.field("duration_s", minute.seconds)
            line.field("demand_mean", minute.meanDemand)
            line.field("demand_peak", minute.peakDemand)
            line.field("forecast", minute.last.forecast ?? .nan)
            line.field("fraction", plan.fraction)
            line.field("target", minute.last.target)
            line.field("ready", minute.last.ready)
            line.field("pending", minute.last.pending)
            line.field("held_unit_s", minute.held)
            line.field("short_unit_s", minute.short)
            line.field("short_s", minute.shortSeconds)
            line.field("allocatable", minute.allocatable ?? .nan)
            line.field("coverage", minute.coverage ?? .nan)
            guard let ladder = minute.ladder else { return }
            line.field("horizon_s", Double(ladder.horizonNanoseconds) / 1e9)
            line.object("peak") { line in
                for (name, value) in zip(names, ladder.values) { if let value { line.field(named: name, value) } }
            }
        }
    }

    mutating func agentMinute(_ minute: HistoryAgentMinute, timeNanoseconds: UInt64) {
        guard isJSON else { return }
        count += 1
        sink.line.line("self") { line in
            line.field("time_s", Double(timeNanoseconds) / 1e9)
            line.field("cgroups", minute.cgroups)
            line.field("windows", minute.windows)
            line.field("cpu_cores", minute.cores)
            line.field("memory_bytes", minute.residentBytes)
            line.field("probe_ns_per_s", minute.probeNanosecondsPerSecond)
        }
        flush(above: Self.bufferBytes)
    }

    mutating func line(_ text: ArraySlice<UInt8>, timeNanoseconds: UInt64) {
        guard isJSON else { return }
        count += 1
        sink.line.append(rawLine: text)
    }

    // MARK: Out

    private mutating func tell(until time: UInt64) {
        while nextTold < told.lines.count, told.lines[nextTold].time <= time {
            line(told.lines[nextTold].text, timeNanoseconds: told.lines[nextTold].time)
            nextTold += 1
        }
    }

    mutating func finish() {
        tell(until: .max)
        flush(above: 0)
    }

    private mutating func add(_ time: UInt64, _ line: String) {
        text += Array("\(Compact.timeOfDay(time)) \(line)\n".utf8)
    }

    private mutating func flush(above limit: Int) {
        if sink.line.bytes.count > limit { _ = sink.flush() }
        if text.count > limit {
            _ = try? FileOutput.write(text, to: STDOUT_FILENO, "output")
            text.removeAll(keepingCapacity: true)
        }
    }
}

extension HistoryDetail {
    /// What is kept of a window's finer figures, under their names in docs/json-lines.md.
    fileprivate func add(to line: inout JSONLine) {
        if cpuPeakCores > 0 { line.field("cpu_peak_10ms_cores", Double(cpuPeakCores)) }
        if cpuLimitCores > 0 { line.field("cpu_limit_cores", Double(cpuLimitCores)) }
        if throttledNanoseconds > 0 { line.field("throttled_ns", throttledNanoseconds) }
        if let memoryLimitBytes { line.field("memory_limit_bytes", memoryLimitBytes) }
        guard pressure.contains(where: { $0 > 0 }) else { return }
        let names = ["cpu_some", "cpu_full", "memory_some", "memory_full", "io_some", "io_full"]
        line.object("pressure") { line in
            for (name, share) in zip(names, pressure) { line.field(named: name, Double(share)) }
        }
    }
}
