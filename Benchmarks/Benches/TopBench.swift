internal import Agent
internal import Aggregates
internal import Glibc
internal import HeadroomABI
internal import NodeView
internal import Terminal

/// A frame of `headroom top`: a new moment from the shared table, sorted, laid out, and what changed
/// of it as bytes for the terminal.
enum TopBench {
    static let name = "top"

    /// Most milliseconds that a frame may take at 10 000 cgroups.
    private static let target = 30.0

    static func run(_ context: BenchContext) throws {
        for count in [1000, 10_000] {
            let node = try CrowdedNode(cgroups: count)
            for _ in 0..<20 { node.tick() }
            let isTarget = count == 10_000
            func measure(
                _ what: String, columns: Int, rows: Int, keys: [Key], isNew: Bool = true
            ) throws {
                let model = TopModel(source: try TableSource(directory: node.directory), hostName: "bench")
                try model.refresh()
                for key in keys { _ = model.handle(key) }
                var encoder = FrameEncoder(features: TerminalFeatures())
                _ = encoder.encode(model.frame(columns: columns, rows: rows))
                var times: [Double] = []
                var bytes = 0
                for round in 0..<context.rounds(100, quick: 30) {
                    if isNew { node.tick() }
                    let start = Clock.monotonic()
                    if isNew {
                        try model.refresh()
                    } else {
                        _ = model.handle(round % 2 == 0 ? .down : .up)
                    }
                    bytes += encoder.encode(model.frame(columns: columns, rows: rows)).count
                    times.append(Double(Clock.monotonic() - start) / 1e6)
                }
                context.report.add(
                    Figure(
                        name, "\(what), \(columns)x\(rows), \(count) cgroups", unit: "ms", Spread(times),
                        target: isTarget ? target : nil,
                        note: "\(bytes / times.count) bytes sent"))
            }
            try measure("a frame", columns: 80, rows: 24, keys: [])
            try measure("a frame", columns: 200, rows: 50, keys: [])
            guard isTarget else { continue }
            try measure("a frame of the tree", columns: 200, rows: 50, keys: [.character("t")])
            try measure(
                "a frame of those with a text", columns: 200, rows: 50,
                keys: [.character("/"), .character("9"), .enter])
            try measure("a key", columns: 200, rows: 50, keys: [], isNew: false)
        }
    }
}

/// A table with many cgroups, each busy, written by the real aggregates from records of the
/// kernel's form.
private final class CrowdedNode {
    let directory: RuntimeDirectory
    private let file: TableFile
    private var aggregates: Aggregates
    private var samples: [hr_sample] = []
    private var time: UInt64 = 1_000_000_000
    private var walk: UInt64 = 0
    private var state: UInt64 = 88_172_645_463_325_252

    init(cgroups: Int) throws {
        directory = RuntimeDirectory(path: "/run/headroom-bench-top-\(getpid())")
        file = try TableFile(directory: directory, slots: cgroups + 8)
        aggregates = Aggregates(table: file.table())
        let quantiles = [0.5, 0.9, 0.95, 0.99]
        aggregates.history.choose(horizons: 2, quantiles: quantiles)
        aggregates.table.updateHeader { header in
            header.interval_ns = 1_000_000_000
            header.horizon_count = 2
            header.horizons_ns.0 = 300_000_000_000
            header.horizons_ns.1 = 900_000_000_000
            header.quantile_count = 4
            header.quantiles = (0.5, 0.9, 0.95, 0.99, 0, 0)
        }
        // A root, slices, and in each a hundred pods with the names that kubelets give.
        add("/")
        var group = ""
        for number in 0..<cgroups {
            if number % 101 == 0 {
                group = "/kubepods-burstable-\(number / 101).slice"
                add(group)
            } else {
                let uid = "\(10_000_000 + number)_1111_2222_3333_\(444_455_550_000 + number)"
                add("\(group)/kubepods-burstable-pod\(uid).slice")
            }
        }
        tick()
    }

    private func add(_ path: String) {
        var sample = hr_sample()
        sample.kind = HR_KIND_SAMPLE.rawValue
        sample.flags = HR_SAMPLE_MEMORY_RSS.rawValue | (path == "/" ? HR_SAMPLE_ROOT.rawValue : 0)
        sample.cgroup_id = UInt64(samples.count + 1)
        samples.append(sample)
        aggregates.found(id: sample.cgroup_id, path: path)
    }

    /// Xorshift: every cgroup does something else each time.
    private func random(below limit: UInt64) -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state % limit
    }

    func tick() {
        time += 1_000_000_000
        walk += 1
        for index in samples.indices {
            samples[index].cpu_usage_ns += random(below: 100_000_000)
            samples[index].delay_ns += random(below: 10_000_000)
            samples[index].memory_bytes = random(below: 1 << 30)
            samples[index].net_rx_bytes += random(below: 1 << 20)
            samples[index].disk_write_bytes += random(below: 1 << 20)
            samples[index].walk = walk
            samples[index].time_ns = time
            unsafe withUnsafeBytes(of: samples[index]) { unsafe aggregates.ingest($0) }
        }
        var end = hr_walk_end()
        end.kind = HR_KIND_WALK_END.rawValue
        end.visited = UInt32(samples.count)
        end.walk = walk
        end.time_ns = time
        end.end_ns = time + 1_000_000
        unsafe withUnsafeBytes(of: end) { unsafe aggregates.ingest($0) }
        var visitor = ForecastingVisitor()
        aggregates.closeWindows(rootCPU: time, unixOffset: 0, interval: 1_000_000_000, &visitor)
        let now = time
        let used = UInt32(aggregates.slotsUsed)
        let count = UInt64(aggregates.count)
        aggregates.table.updateHeader { header in
            header.last_tick_ns = now
            header.slots_used = used
            header.cgroups = count
        }
    }
}

private struct ForecastingVisitor: WindowVisitor {
    mutating func born(cgroupID: UInt64, path: String, timeNanoseconds: UInt64) {}
    mutating func visit(
        _ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?,
        _ forecasts: inout ForecastCells
    ) -> Bool {
        for quantile in 0..<4 {
            forecasts[.cpu, 1, quantile] = window.value(.cpu) * (1 + Double(quantile) / 10)
            forecasts[.memory, 1, quantile] = window.value(.memory) * (1 + Double(quantile) / 10)
        }
        return true
    }
    mutating func retire(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {}
}
