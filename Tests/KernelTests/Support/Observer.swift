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

    /// Walks and closes a window.
    func tick() throws {
        unsafe try profiler.walk { unsafe aggregates.ingest($0) }
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
    var born: [String] = []
    var retired: [String] = []

    final class Names {
        var found: [(UInt64, String)] = []
    }

    mutating func born(cgroupID: UInt64, path: String, timeNanoseconds: UInt64) {
        born.append(path)
    }

    mutating func visit(
        _ cgroup: WindowSubject, _ window: Window, _ forecasts: inout ForecastCells
    ) -> Bool {
        windows[cgroup.path, default: []].append(window)
        return false
    }

    mutating func retire(_ cgroup: WindowSubject, _ window: Window) {
        windows[cgroup.path, default: []].append(window)
        retired.append(cgroup.path)
    }
}
