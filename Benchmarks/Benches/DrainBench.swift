internal import Aggregates
internal import CLibBPF
internal import Probes

/// Emptying the ring: ours into the aggregates, beside libbpf's C consumer that does nothing with
/// what it gets. Both read the same ring, filled by the walk, in turns.
enum DrainBench {
    static let name = "drain"

    static func run(_ context: BenchContext) throws {
        try context.forest.grow(to: 1000)
        var configuration = ProfilerConfiguration()
        configuration.maxCgroups = 16_384
        let profiler = try Profiler(configuration: configuration)
        var aggregates = Aggregates(table: SharedTable(slots: configuration.maxCgroups))
        var names: [(UInt64, String)] = []
        try profiler.tree.scan { names.append(($0, $1)) }
        for (id, path) in names { aggregates.found(id: id, path: path) }
        unsafe profiler.drain { unsafe aggregates.ingest($0) }

        guard
            let peer = unsafe ring_buffer__new(profiler.ringDescriptor, { _, _, _ in 0 }, nil, nil)
        else { throw BenchError.last("ring_buffer__new", "hr_records") }
        defer { unsafe ring_buffer__free(peer) }

        var ingesting: [Double] = []
        var draining: [Double] = []
        var libbpf: [Double] = []
        var closing: [Double] = []
        var visitor = NoVisitor()
        for round in 0..<context.rounds(60, quick: 20) {
            for step in 0..<3 {
                try profiler.walk()
                var records = 0
                let start = Clock.monotonic()
                switch (step + round) % 3 {
                case 0: unsafe records = profiler.drain { unsafe aggregates.ingest($0) }
                case 1: unsafe records = profiler.drain { _ in }
                default: unsafe records = Int(ring_buffer__consume(peer))
                }
                let each = Double(Clock.monotonic() - start) / Double(max(1, records))
                guard records > 900 else { throw BenchError("the walk left \(records) records") }
                switch (step + round) % 3 {
                case 0:
                    ingesting.append(each)
                    let start = Clock.monotonic()
                    aggregates.closeWindows(
                        rootCPU: 0,
                        unixOffset: 0,
                        interval: 1_000_000_000,
                        &visitor
                    )
                    closing.append(Double(Clock.monotonic() - start) / Double(aggregates.count))
                case 1: draining.append(each)
                default: libbpf.append(each)
                }
            }
        }
        let floor = Spread(libbpf)
        context.report.add(
            Figure(
                name,
                "ring to aggregate",
                unit: "ns/record",
                Spread(ingesting),
                against: "libbpf, empty callback",
                floor,
                target: floor.median
            )
        )
        context.report.add(
            Figure(
                name,
                "ring alone, empty body",
                unit: "ns/record",
                Spread(draining),
                against: "libbpf, empty callback",
                floor,
                target: floor.median
            )
        )
        context.report.add(
            Figure(name, "closing a window", unit: "ns/cgroup", Spread(closing))
        )
    }
}

private struct NoVisitor: WindowVisitor {
    mutating func born(cgroupID: UInt64, path: String, timeNanoseconds: UInt64) {}
    mutating func visit(_ cgroup: WindowSubject, _ window: Window) -> ForecastCells? { nil }
    mutating func retire(_ cgroup: WindowSubject, _ window: Window) {}
}
