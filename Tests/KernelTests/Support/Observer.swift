import Aggregates
import Glibc
import HeadroomABI
import Probes

/// The probes and the aggregates, ticked by the test: every closed window by path.
final class Observer {
    private let profiler: Profiler
    private var aggregates: Aggregates
    private var log = WindowLog()

    init(_ configuration: ProfilerConfiguration = ProfilerConfiguration()) throws {
        profiler = try Profiler(configuration: configuration)
        aggregates = Aggregates(table: SharedTable(slots: configuration.maxCgroups))
        let names = WindowLog.Names()
        try profiler.tree.scan { names.found.append(($0, $1)) }
        for (id, path) in names.found { aggregates.found(id: id, path: path) }
        try tick()
    }

    /// The end of the last walk.
    private(set) var walkEnd = hr_walk_end()

    func shed(_ tier: ProbeTier) { profiler.shed(tier) }
    func restore(_ tier: ProbeTier) throws { try profiler.restore(tier) }

    var sources: [MetricSource] { profiler.sources }
    var absentTiers: Set<ProbeTier> { profiler.absentTiers }

    /// Walks and closes a window.
    func tick() throws {
        unsafe try profiler.walk { record in
            if record.count == MemoryLayout<hr_walk_end>.size { walkEnd = unsafe record.loadUnaligned(as: hr_walk_end.self) }
            unsafe aggregates.ingest(record)
        }
        aggregates.setKernelLosses(try profiler.losses(), recursionMisses: 0)
        try close()
    }

    private func close() throws {
        var visitor = log
        aggregates.closeWindows(
            rootCPU: try profiler.rootUsageNanoseconds(), unixOffset: 0,
            interval: 1_000_000_000, &visitor)
        log = visitor
    }

    func windows(_ path: String) -> [Window] { log.windows[path] ?? [] }
    /// Details of the windows that had any, oldest first.
    func details(_ path: String) -> [WindowDetail] { log.details[path] ?? [] }

    /// Sum of a count over the details of a cgroup's windows.
    func detailTotal(_ path: String, _ field: (WindowDetail) -> some BinaryInteger) -> UInt64 {
        details(path).reduce(0) { $0 + UInt64(field($1)) }
    }

    /// Waits as the agent does for the kernel to wake it, and takes what it tells.
    /// - Returns: the first alarm of the kind, and how long after it happened it was there.
    func waitForAlarm(
        _ kind: Alarm.Kind, of path: String, milliseconds: Int
    ) -> (alarm: Alarm, delayNanoseconds: UInt64)? {
        let end = Self.now() + UInt64(milliseconds) * 1_000_000
        while Self.now() < end {
            guard drain(within: 100) else { continue }
            let now = Self.now()
            let found = aggregates.takeAlarms().first { $0.kind == kind && $0.path == path }
            if let found { return (found, now - found.timeNanoseconds) }
        }
        return nil
    }

    /// Takes for so long what the kernel tells, as it tells it.
    func listen(milliseconds: Int) {
        let end = Self.now() + UInt64(milliseconds) * 1_000_000
        while Self.now() < end {
            _ = drain(within: 20)
        }
    }

    /// Takes what the kernel tells, as soon as it wakes us.
    /// - Returns: whether it did.
    private func drain(within milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: profiler.ringDescriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&entry, 1, milliseconds) > 0 else { return false }
        unsafe profiler.drain { unsafe aggregates.ingest($0) }
        return true
    }

    /// Waits for one of the host's own pressure alarms; others of a busy host may come before.
    func waitForPressure(_ kind: Alarm.Kind, milliseconds: Int) -> Alarm? {
        let end = Self.now() + UInt64(milliseconds) * 1_000_000
        while Self.now() < end {
            var entries = profiler.alarmDescriptors.map {
                pollfd(fd: $0, events: Int16(POLLPRI), revents: 0)
            }
            guard unsafe poll(&entries, nfds_t(entries.count), 100) > 0 else { continue }
            for (index, entry) in entries.enumerated() where entry.revents & Int16(POLLPRI) != 0 {
                unsafe profiler.alarm(at: index) { unsafe aggregates.ingest($0) }
            }
            if let alarm = aggregates.takeAlarms().first(where: { $0.kind == kind }) { return alarm }
        }
        return nil
    }

    private static func now() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Sum of a counter over a cgroup's windows.
    func total(_ path: String, _ field: (Window) -> UInt64) -> UInt64 {
        windows(path).reduce(0) { $0 + field($1) }
    }

    var bornPaths: [String] { log.born }
    var retiredPaths: [String] { log.retired }
    func loss(_ name: String) -> UInt64 {
        LossCause.all.first { $0.name == name }.map { aggregates.losses[$0.index] } ?? 0
    }
}

/// Collects windows.
struct WindowLog: WindowVisitor {
    var windows: [String: [Window]] = [:]
    var details: [String: [WindowDetail]] = [:]
    var born: [String] = []
    var retired: [String] = []

    final class Names {
        var found: [(UInt64, String)] = []
    }

    mutating func born(cgroupID: UInt64, path: String, timeNanoseconds: UInt64) {
        born.append(path)
    }

    mutating func visit(
        _ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?,
        _ forecasts: inout ForecastCells
    ) -> Bool {
        windows[cgroup.path, default: []].append(window)
        if let detail { details[cgroup.path, default: []].append(detail) }
        return false
    }

    mutating func retire(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {
        windows[cgroup.path, default: []].append(window)
        if let detail { details[cgroup.path, default: []].append(detail) }
        retired.append(cgroup.path)
    }
}
