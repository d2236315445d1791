import Aggregates
import HeadroomABI

/// A shared table as an agent leaves it: four cgroups, a few windows of each.
enum TableBytes {
    static let slots = 4
    static let whole: [UInt8] = {
        let byteCount = TableLayout.byteCount(slots: slots)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
        defer { unsafe memory.deallocate() }
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        var aggregates = Aggregates(table: unsafe SharedTable(mapped: memory, slots: slots))
        aggregates.table.updateHeader { header in
            header.started_ns = 1_700_000_000_000_000_000
            header.interval_ns = 1_000_000_000
            header.horizon_count = 2
            header.horizons_ns.0 = 60_000_000_000
            header.horizons_ns.1 = 90_000_000_000
            header.quantile_count = 2
            header.quantiles.0 = 0.5
            header.quantiles.1 = 0.95
            header.request_count = 2
            header.pool_plan_count = 1
            header.plans.0.figures.time_ns = 1_700_000_000_000_000_000
            header.pool_plans.0.plan.figures.time_ns = 1_700_000_000_000_000_000
        }
        let paths = ["/", "/shop.slice", "/shop.slice/web.service", "/shop.slice/db.service"]
        for (index, path) in paths.enumerated() { aggregates.found(id: UInt64(index + 1), path: path) }
        var visitor = Nobody()
        for walk in 1...3 as ClosedRange<UInt64> {
            for index in paths.indices {
                var sample = hr_sample()
                sample.kind = HR_KIND_SAMPLE.rawValue
                sample.flags = index == 0 ? HR_SAMPLE_ROOT.rawValue : HR_SAMPLE_MEMORY_RSS.rawValue
                sample.walk = walk
                sample.time_ns = walk * 1_000_000_000
                sample.cgroup_id = UInt64(index + 1)
                sample.cpu_usage_ns = walk * UInt64(index) * 100_000_000
                sample.memory_bytes = 1 << 20
                unsafe withUnsafeBytes(of: sample) { unsafe aggregates.ingest($0) }
            }
            var end = hr_walk_end()
            end.kind = HR_KIND_WALK_END.rawValue
            end.walk = walk
            end.time_ns = walk * 1_000_000_000
            end.end_ns = end.time_ns + 40_000
            unsafe withUnsafeBytes(of: end) { unsafe aggregates.ingest($0) }
            aggregates.closeWindows(
                rootCPU: walk * 1_000_000_000, unixOffset: 1_700_000_000_000_000_000, interval: 1_000_000_000, &visitor)
        }
        let used = aggregates.slotsUsed
        let cgroups = aggregates.count
        aggregates.table.updateHeader { header in
            header.ticks = 3
            header.last_tick_ns = 1_700_000_003_000_000_000
            header.slots_used = UInt32(used)
            header.cgroups = UInt64(cgroups)
        }
        return unsafe Array(UnsafeRawBufferPointer(start: memory, count: byteCount))
    }()

    /// Places whose bytes decide where a reader looks next.
    static let places: [Int] = {
        let header = [
            MemoryLayout<hr_table_header>.offset(of: \.magic)!,
            MemoryLayout<hr_table_header>.offset(of: \.version)!,
            MemoryLayout<hr_table_header>.offset(of: \.header_bytes)!,
            MemoryLayout<hr_table_header>.offset(of: \.slot_bytes)!,
            MemoryLayout<hr_table_header>.offset(of: \.slot_count)!,
            MemoryLayout<hr_table_header>.offset(of: \.slots_used)!,
            MemoryLayout<hr_table_header>.offset(of: \.started_ns)!,
            MemoryLayout<hr_table_header>.offset(of: \.interval_ns)!,
            MemoryLayout<hr_table_header>.offset(of: \.horizon_count)!,
            MemoryLayout<hr_table_header>.offset(of: \.quantile_count)!,
            MemoryLayout<hr_table_header>.offset(of: \.horizons_ns)!,
            MemoryLayout<hr_table_header>.offset(of: \.quantiles)!,
            MemoryLayout<hr_table_header>.offset(of: \.ticks)!,
            MemoryLayout<hr_table_header>.offset(of: \.last_tick_ns)!,
            MemoryLayout<hr_table_header>.offset(of: \.cgroups)!,
            MemoryLayout<hr_table_header>.offset(of: \.walk_duration_ns)!,
            MemoryLayout<hr_table_header>.offset(of: \.self_cpu_ns)!,
            MemoryLayout<hr_table_header>.offset(of: \.self_rss_bytes)!,
            MemoryLayout<hr_table_header>.offset(of: \.shed)!,
            MemoryLayout<hr_table_header>.offset(of: \.history_tick)!,
            MemoryLayout<hr_table_header>.offset(of: \.history_ends_ns)!,
            MemoryLayout<hr_table_header>.offset(of: \.losses)!,
            MemoryLayout<hr_table_header>.offset(of: \.plans)!,
            MemoryLayout<hr_table_header>.offset(of: \.pool_plans)!,
            MemoryLayout<hr_table_header>.offset(of: \.pool_plan_count)!,
            MemoryLayout<hr_table_header>.offset(of: \.request_count)!,
            MemoryLayout<hr_table_header>.offset(of: \.requests)!,
        ]
        let slot = [
            MemoryLayout<hr_table_slot>.offset(of: \.live)!,
            MemoryLayout<hr_table_slot>.offset(of: \.generation)!,
            MemoryLayout<hr_table_slot>.offset(of: \.parent)!,
            MemoryLayout<hr_table_slot>.offset(of: \.path_bytes)!,
            MemoryLayout<hr_table_slot>.offset(of: \.history_tick)!,
            MemoryLayout<hr_table_slot>.offset(of: \.history_first)!,
            MemoryLayout<hr_table_slot>.offset(of: \.window)!,
            MemoryLayout<hr_table_slot>.offset(of: \.detail)!,
            MemoryLayout<hr_table_slot>.offset(of: \.limit_cores)!,
            MemoryLayout<hr_table_slot>.offset(of: \.forecast)!,
            MemoryLayout<hr_table_slot>.offset(of: \.history)!,
            MemoryLayout<hr_table_slot>.offset(of: \.path)!,
        ]
        return header
            + (0..<slots).flatMap { index in
                slot.map { TableLayout.headerBytes + index * TableLayout.slotBytes + $0 }
            }
    }()

    /// Where sequence numbers are: the table's and each slot's.
    static let sequences: [Int] =
        [MemoryLayout<hr_table_header>.offset(of: \.sequence)!]
        + (0..<slots).map { TableLayout.headerBytes + $0 * TableLayout.slotBytes }

    private struct Nobody: WindowVisitor {
        func born(cgroupID: UInt64, path: String, timeNanoseconds: UInt64) {}
        func visit(
            _ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?, _ forecasts: inout ForecastCells
        ) -> Bool { false }
        func retire(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {}
    }
}
