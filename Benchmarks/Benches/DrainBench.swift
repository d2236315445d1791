internal import Aggregates
internal import BenchSupport
internal import CLibBPF
internal import Probes

/// Emptying the ring: ours into the aggregates, beside libbpf's C consumer, once with a callback
/// that does nothing and once with one that copies the record into a table. All read the same
/// ring, filled by the walk, in turns.
enum DrainBench {
    static let name = "drain"

    private enum Reader: Int, CaseIterable {
        case ingest, oursEmpty, libbpfEmpty, libbpfStore
    }

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

        let ignoring = try CConsumer(profiler.ringDescriptor, storing: false)
        let storing = try CConsumer(profiler.ringDescriptor, storing: true)
        var samples = [[Double]](repeating: [], count: Reader.allCases.count)
        var closing: [Double] = []
        var visitor = NoVisitor()
        for round in 0..<context.rounds(60, quick: 20) {
            for step in Reader.allCases.indices {
                let reader = Reader.allCases[(step + round) % Reader.allCases.count]
                try profiler.walk()
                var records = 0
                let start = Clock.monotonic()
                switch reader {
                case .ingest: unsafe records = profiler.drain { unsafe aggregates.ingest($0) }
                case .oursEmpty: unsafe records = profiler.drain { _ in }
                case .libbpfEmpty: records = ignoring.consume()
                case .libbpfStore: records = storing.consume()
                }
                let elapsed = Double(Clock.monotonic() - start)
                guard records > 900 else { throw BenchError("the walk left \(records) records") }
                samples[reader.rawValue].append(elapsed / Double(records))
                guard reader == .ingest else { continue }
                let closingStart = Clock.monotonic()
                aggregates.closeWindows(
                    rootCPU: 0,
                    unixOffset: 0,
                    interval: 1_000_000_000,
                    &visitor
                )
                closing.append(
                    Double(Clock.monotonic() - closingStart) / Double(aggregates.count)
                )
            }
        }
        func spread(_ reader: Reader) -> Spread { Spread(samples[reader.rawValue]) }
        let empty = spread(.libbpfEmpty)
        context.report.add(
            Figure(
                name,
                "ring alone, empty body",
                unit: "ns/record",
                spread(.oursEmpty),
                against: "libbpf, empty callback",
                empty,
                target: empty.median
            )
        )
        context.report.add(
            Figure(
                name,
                "ring to aggregate",
                unit: "ns/record",
                spread(.ingest),
                against: "libbpf, copying",
                spread(.libbpfStore),
                target: empty.median,
                note: "the target is libbpf's time with an empty callback"
            )
        )
        context.report.add(Figure(name, "closing a window", unit: "ns/cgroup", Spread(closing)))
    }
}

/// libbpf's own consumer of a ring.
@safe
private final class CConsumer {
    private let ring: OpaquePointer
    private let table: UnsafeMutablePointer<benchTable>

    init(_ descriptor: CInt, storing: Bool) throws {
        let capacity = 1 << 20
        unsafe table = UnsafeMutablePointer<benchTable>.allocate(capacity: 1)
        let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
        unsafe bytes.initialize(repeating: 0, count: capacity)
        unsafe table.initialize(to: benchTable(bytes: bytes, capacity: capacity, used: 0))
        let callback: ring_buffer_sample_fn =
            storing
            ? { unsafe benchStoreRecord($0, $1, $2) } : { unsafe benchIgnoreRecord($0, $1, $2) }
        guard let ring = unsafe ring_buffer__new(descriptor, callback, table, nil) else {
            throw BenchError.last("ring_buffer__new", "hr_records")
        }
        unsafe self.ring = ring
    }

    deinit {
        unsafe ring_buffer__free(ring)
        unsafe table.pointee.bytes.deallocate()
        unsafe table.deallocate()
    }

    func consume() -> Int { unsafe Int(ring_buffer__consume(ring)) }
}

private struct NoVisitor: WindowVisitor {
    mutating func born(cgroupID: UInt64, path: String, timeNanoseconds: UInt64) {}
    mutating func visit(
        _ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?,
        _ forecasts: inout ForecastCells
    ) -> Bool { false }
    mutating func retire(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {}
}
