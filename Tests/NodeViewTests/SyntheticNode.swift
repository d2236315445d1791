import Agent
import Aggregates
import Foundation
import HeadroomABI
import NodeView

/// A node whose cgroups a test makes: records as the kernel writes them, through the real
/// aggregates into a real agent's table file, which a view then attaches to.
final class SyntheticNode {
    let directory: RuntimeDirectory
    private let parent: URL
    private var file: TableFile
    private var aggregates: Aggregates
    private var samples: [(path: String, sample: hr_sample)] = []
    private var details: [UInt64: hr_detail] = [:]
    private(set) var time: UInt64
    private var walk: UInt64 = 0
    private var hostCPU: UInt64 = 0
    /// Unix time of the monotonic clock's zero.
    static let offset: Int64 = 1_795_000_000_000_000_000
    /// What each window's visitor says of CPU, for every horizon and quantile; nil for none.
    var forecast: ((_ path: String, _ horizon: Int, _ quantile: Int) -> Double)?
    static let quantiles = [0.5, 0.9, 0.95, 0.99]
    static let horizons = [60.0, 300.0]

    init(slots: Int = 64, startingAt seconds: UInt64 = 1000) throws {
        time = seconds * 1_000_000_000
        parent = FileManager.default.temporaryDirectory
            .appendingPathComponent("headroom-view-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        directory = RuntimeDirectory(path: parent.path + "/run")
        file = try TableFile(directory: directory, slots: slots)
        aggregates = Aggregates(table: file.table())
        aggregates.history.choose(horizons: Self.horizons.count, quantiles: Self.quantiles)
        add("/")
        let start = UInt64(Int64(time) + Self.offset)
        aggregates.table.updateHeader { header in
            header.interval_ns = 1_000_000_000
            header.started_ns = start
            header.horizon_count = UInt32(Self.horizons.count)
            header.horizons_ns.0 = 60_000_000_000
            header.horizons_ns.1 = 300_000_000_000
            header.quantile_count = UInt32(Self.quantiles.count)
            header.quantiles = (0.5, 0.9, 0.95, 0.99, 0, 0)
        }
        tick()
    }

    deinit {
        aggregates = Aggregates(table: SharedTable(slots: 1))
        try? FileManager.default.removeItem(at: parent)
    }

    var unixNow: UInt64 { UInt64(Int64(time) + Self.offset) }

    /// Makes a cgroup; its parents must be there.
    func add(_ path: String) {
        var sample = hr_sample()
        sample.kind = HR_KIND_SAMPLE.rawValue
        sample.flags = HR_SAMPLE_MEMORY_RSS.rawValue | (path == "/" ? HR_SAMPLE_ROOT.rawValue : 0)
        sample.cgroup_id = UInt64(samples.count + 1)
        samples.append((path, sample))
        aggregates.found(id: sample.cgroup_id, path: path)
    }

    /// Counts something of a cgroup itself; CPU counts for what is above it too.
    func use(_ path: String, cpu seconds: Double = 0, memory: UInt64? = nil, _ change: (inout hr_sample) -> Void = { _ in }) {
        hostCPU += UInt64(seconds * 1e9)
        for index in samples.indices {
            let other = samples[index].path
            if other == path || (other != "/" && path.hasPrefix(other + "/")) {
                samples[index].sample.cpu_usage_ns += UInt64(seconds * 1e9)
            }
            guard other == path else { continue }
            if let memory { samples[index].sample.memory_bytes = memory }
            change(&samples[index].sample)
        }
    }

    /// Details that come with the next tick; totals are cumulative.
    func tell(_ path: String, _ change: (inout hr_detail) -> Void) {
        guard let id = samples.first(where: { $0.path == path })?.sample.cgroup_id else { return }
        var detail = details[id] ?? hr_detail()
        detail.kind = HR_KIND_DETAIL.rawValue
        detail.cgroup_id = id
        change(&detail)
        details[id] = detail
    }

    func header(_ change: (inout hr_table_header) -> Void) { aggregates.table.updateHeader(change) }

    /// A second passes and the windows close.
    func tick(seconds: Double = 1) {
        time += UInt64(seconds * 1e9)
        walk += 1
        for (_, sample) in samples {
            var sample = sample
            sample.walk = walk
            sample.time_ns = time
            ingest(sample)
            if let detail = details[sample.cgroup_id] { ingest(detail) }
        }
        var end = hr_walk_end()
        end.kind = HR_KIND_WALK_END.rawValue
        end.visited = UInt32(samples.count)
        end.walk = walk
        end.time_ns = time
        end.end_ns = time + 10_000
        ingest(end)
        var visitor = Visitor(forecast: forecast)
        aggregates.closeWindows(
            rootCPU: hostCPU, unixOffset: Self.offset, interval: 1_000_000_000, &visitor)
        let now = unixNow
        let used = UInt32(aggregates.slotsUsed)
        let count = UInt64(aggregates.count)
        aggregates.table.updateHeader { header in
            header.last_tick_ns = now
            header.slots_used = used
            header.cgroups = count
            header.ticks += 1
        }
    }

    private func ingest<Record>(_ record: Record) {
        unsafe withUnsafeBytes(of: record) { unsafe aggregates.ingest($0) }
    }

    private struct Visitor: WindowVisitor {
        let forecast: ((String, Int, Int) -> Double)?

        mutating func born(cgroupID: UInt64, path: String, timeNanoseconds: UInt64) {}
        mutating func visit(
            _ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?,
            _ forecasts: inout ForecastCells
        ) -> Bool {
            guard let forecast else { return false }
            forecasts.clear()
            for horizon in 0..<2 {
                for quantile in 0..<4 {
                    forecasts[.cpu, horizon, quantile] = forecast(cgroup.path, horizon, quantile)
                }
            }
            return true
        }
        mutating func retire(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {}
    }
}

extension NodeMoment {
    func row(_ path: String) -> CgroupRow? { rows.first { $0.name.path == path } }
}
