import HeadroomABI
import Synchronization

@testable import Aggregates
@testable import Telemetry

/// A shared table that a test fills, and what an agent's thread would have told beside it.
///
/// Slot 0 is the root; what leaves use adds up to what it uses.
@safe final class TableFixture {
    private let memory: UnsafeMutableRawPointer
    private let byteCount: Int
    let table: SharedTable
    var tally: Tally
    var journal = Journal()
    let board = Board()
    private(set) var time: UInt64 = 1_700_000_000_000_000_000
    private(set) var ticks: UInt64 = 0
    private var generations: [Int: UInt64] = [:]

    init(slots: Int = 64, limit: Int = 200) {
        byteCount = TableLayout.byteCount(slots: slots)
        unsafe memory = .allocate(byteCount: byteCount, alignment: 64)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        table = unsafe SharedTable(mapped: memory, slots: slots)
        tally = Tally(limit: limit, cores: 8, memoryBytes: 64e9)
        table.updateHeader { header in
            header.interval_ns = 1_000_000_000
            header.started_ns = time
            header.horizon_count = 2
            header.horizons_ns.0 = 60_000_000_000
            header.horizons_ns.1 = 90_000_000_000
            header.quantile_count = 2
            header.quantiles.0 = 0.5
            header.quantiles.1 = 0.95
        }
    }

    deinit { unsafe memory.deallocate() }

    func reader() throws -> TableReader {
        try unsafe TableReader(memory: UnsafeRawPointer(memory), byteCount: byteCount)
    }

    struct Use {
        var cpu: UInt64 = 0
        var memory: UInt64 = 0
        var network: UInt64 = 0
        var isLeaf = true
        var isFinal = false
        var detail: WindowDetail?
        var workload: Workload?
    }

    /// The slot's next tenant is another.
    func replace(_ slot: Int) { generations[slot, default: 1] += 1 }

    /// One window of a second for the root and for each cgroup, by slot.
    func tick(_ cgroups: [(slot: Int, path: String, use: Use)], rootDetail: WindowDetail? = nil) {
        time += 1_000_000_000
        ticks += 1
        var root = Use()
        for cgroup in cgroups where cgroup.use.isLeaf {
            root.cpu += cgroup.use.cpu
            root.memory += cgroup.use.memory
            root.network += cgroup.use.network
        }
        root.isLeaf = false
        root.detail = rootDetail
        put(0, "/", root)
        for cgroup in cgroups { put(cgroup.slot, cgroup.path, cgroup.use) }
        tally.endTick(time)
        table.updateHeader { header in
            header.ticks = ticks
            header.last_tick_ns = time
            header.slots_used = UInt32((cgroups.map(\.slot).max() ?? 0) + 1)
            header.cgroups = UInt64(cgroups.count + 1)
        }
        _ = board.post(tally, journal)
    }

    private func put(_ index: Int, _ path: String, _ use: Use) {
        var window = Window()
        window.start_ns = time - 1_000_000_000
        window.end_ns = time
        window.cpu_ns = use.cpu
        window.memory_bytes = use.memory
        window.net_rx_bytes = use.network
        window.flags = HR_SAMPLE_MEMORY_MEMCG.rawValue
        window.coverage = 1
        window.is_final = use.isFinal ? 1 : 0
        let generation = generations[index, default: 1]
        tally.window(
            WindowSubject(
                index: index,
                generation: generation,
                cgroupID: UInt64(index) + 1,
                path: path,
                identity: CgroupIdentity(path: path),
                workload: use.workload,
                isRoot: index == 0,
                isLeaf: use.isLeaf
            ),
            window,
            use.detail
        )
        table.updateSlot(index) { slot in
            slot.live = use.isFinal ? 0 : 1
            slot.cgroup_id = UInt64(index) + 1
            slot.generation = generation
            slot.window = window
            if let detail = use.detail { slot.detail = detail }
            TableText.write(path, to: &slot.path)
            unsafe withUnsafeMutableBytes(of: &slot.forecast) { raw in
                let cells = unsafe raw.bindMemory(to: Double.self)
                for cell in cells.indices { unsafe cells[cell] = .nan }
                // CPU alone has forecasts, at both lead times and quantiles.
                for horizon in 0..<2 {
                    for quantile in 0..<2 {
                        unsafe cells[horizon * Int(HR_TABLE_QUANTILES) + quantile] =
                            Double(index + 1) + Double(quantile)
                    }
                }
            }
        }
    }

    func page(_ format: MetricPage.Format = .prometheus) throws -> Exposition {
        var reader = try reader()
        let header = reader.header()!
        let tally = ServerTally()
        for _ in 0..<7 { tally.answered(.ok) }
        let metrics = Metrics(board.read(), header, &reader, version: "1.2.3", server: tally)
        return try Exposition(metrics.page(format).bytes)
    }

    func responder(limit: Int = 200) throws -> Responder {
        Responder(table: try reader(), board: board, version: "1.2.3", limit: SeriesLimit(limit))
    }
}

extension TableFixture.Use {
    static func busy(_ cpu: UInt64, memory: UInt64 = 1 << 20) -> TableFixture.Use {
        var use = TableFixture.Use()
        use.cpu = cpu
        use.memory = memory
        use.network = cpu / 3
        return use
    }
}
