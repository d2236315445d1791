package import HeadroomABI

/// Ring records in, windows out: cumulative counters per cgroup, added up along the tree,
/// differenced at each tick, and published in the shared table.
///
/// No clock and no I/O: time comes in with the records, so a replay gives the same windows.
/// One thread. Room for `slots` cgroups is fixed at start; those beyond are counted.
package struct Aggregates: ~Copyable {
    package let table: SharedTable
    /// Losses noticed here and those the kernel reported, by `LossCause.index`.
    package internal(set) var losses: [UInt64]

    var nodes: [CgroupNode] = []
    var freeNodes: [Int32] = []
    /// Nodes in use, parents before children.
    var order: [Int32] = []
    var orderIsBroken = false
    /// In the walk under way, what cgroups counted that have no place in the table.
    var untracked = Counters()
    var indexByID: [UInt64: Int32] = [:]
    var indexByPath: [String: Int32] = [:]
    /// Nodes in the order that the last walk met them. The next walk meets them in the same
    /// order, so that a comparison finds a sample's node.
    var lastVisits: [Int32] = []
    var visits: [Int32] = []
    var cursor = 0
    /// Named nodes whose parent is not known yet.
    var orphans = 0
    var rootIndex: Int32 = -1
    var anyRemoved = false
    var births: [Birth] = []
    /// Details by node, and HR_BURST_STEPS steps of CPU time each.
    var details: [DetailState] = []
    var cpuSteps: [UInt32] = []
    /// Steps that the last walk told.
    var burstFrom: UInt64 = 0
    var burstTo: UInt64 = 0
    /// What was told at once and not taken yet.
    private var alarms: [Alarm] = []
    /// Filled by the visitor for one cgroup after the other: too large to pass around.
    var forecasts = ForecastCells()

    /// Which of the forecasts the table keeps a history of, and what time it is in it.
    package var history = WindowHistory()

    /// Pods that were told of.
    private(set) var pods = PodDirectory()

    struct Birth {
        let id: UInt64
        let path: String
        let time: UInt64
    }

    /// The newest complete walk, its time and how long it took, in nanoseconds.
    package internal(set) var lastWalk: UInt64 = 0
    package internal(set) var lastWalkTime: UInt64 = 0
    package internal(set) var lastWalkDuration: UInt64 = 0

    /// Name of the pseudo-cgroup that holds what no cgroup could be charged with.
    package static let otherPath = "/(other)"

    package init(table: consuming SharedTable) {
        losses = [UInt64](repeating: 0, count: HR_TABLE_LOSSES)
        nodes.reserveCapacity(min(table.slotCount, 1024))
        self.table = table
    }

    /// Cgroups followed now.
    package var count: Int { order.count }

    /// Slots of the table above this were never used.
    package var slotsUsed: Int { nodes.count }

    /// Takes over who all pods are. O(cgroups).
    package mutating func setPods(_ directory: PodDirectory) {
        pods = directory
        for index in nodes.indices {
            nodes[index].workload = pods.workload(of: nodes[index].identity)
        }
    }

    // MARK: Records in

    /// Takes one ring record. Complexity: O(1); about one comparison to find the cgroup
    /// when walks repeat their order.
    package mutating func ingest(_ record: UnsafeRawBufferPointer) {
        guard record.count >= 4 else { return count(HR_LOSS_RECORD_MALFORMED) }
        let kind = unsafe record.loadUnaligned(as: UInt32.self)
        let sampleSize = MemoryLayout<hr_sample>.size
        switch kind {
        case HR_KIND_SAMPLE.rawValue where record.count == sampleSize:
            unsafe sample(record.loadUnaligned(as: hr_sample.self))
        case HR_KIND_REMOVED.rawValue where record.count == sampleSize:
            unsafe removed(record.loadUnaligned(as: hr_sample.self))
        case HR_KIND_WALK_END.rawValue
        where record.count == MemoryLayout<hr_walk_end>.size:
            unsafe walkEnd(record.loadUnaligned(as: hr_walk_end.self))
        case HR_KIND_DETAIL.rawValue where record.count == MemoryLayout<hr_detail>.size:
            unsafe detail(record.loadUnaligned(as: hr_detail.self))
        case HR_KIND_BURST.rawValue where record.count == MemoryLayout<hr_burst>.size:
            unsafe burst(record.loadUnaligned(as: hr_burst.self))
        case HR_KIND_EVENT.rawValue where record.count == MemoryLayout<hr_event>.size:
            unsafe event(record.loadUnaligned(as: hr_event.self))
        case HR_KIND_CREATED.rawValue where record.count >= HR_CREATED_HEADER:
            let header = HR_CREATED_HEADER
            let time = unsafe record.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            let id = unsafe record.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
            let path = unsafe UnsafeRawBufferPointer(rebasing: record[header...])
            created(id: id, path: unsafe TableText.decode(path), time: time)
        default:
            count(HR_LOSS_RECORD_MALFORMED)
        }
    }

    private mutating func event(_ event: hr_event) {
        let path = indexByID[event.cgroup_id].flatMap { nodes[Int($0)].path }
        guard let alarm = Alarm(event, path: path) else { return count(HR_LOSS_RECORD_MALFORMED) }
        alarms.append(alarm)
    }

    package var hasAlarms: Bool { !alarms.isEmpty }

    /// Alarms since the last call.
    package mutating func takeAlarms() -> [Alarm] {
        if alarms.isEmpty { return [] }
        defer { alarms.removeAll() }
        return alarms
    }

    /// A cgroup was made at `time` (CLOCK_MONOTONIC): it starts from zero.
    package mutating func created(id: UInt64, path: String, time: UInt64) {
        guard let index = place(id: id, path: path) else { return }
        guard !nodes[index].hasBase, nodes[index].walk == 0 else { return }
        nodes[index].hasBase = true
        nodes[index].baseTime = time
        nodes[index].sampleTime = time
        details[index].base = .max  // from zero
        births.append(Birth(id: id, path: nodes[index].path ?? path, time: time))
    }

    /// A cgroup was found by the scan at start: its first sample only sets the base.
    package mutating func found(id: UInt64, path: String) {
        _ = place(id: id, path: path)
    }

    /// Cgroups that were sampled but whose path nobody told yet.
    package var unnamed: [UInt64] {
        order.compactMap { nodes[Int($0)].path == nil ? nodes[Int($0)].id : nil }
    }

    /// The kernel's losses since load, in the order of `hr_loss`, and program runs it skipped.
    package mutating func setKernelLosses(_ counts: [UInt64], recursionMisses: UInt64) {
        for (cause, value) in counts.prefix(LossCause.kernelCount).enumerated() {
            losses[cause] = value
        }
        losses[Int(HR_LOSS_RECURSION.rawValue)] = recursionMisses
    }

    package mutating func count(_ cause: hr_agent_loss, by amount: UInt64 = 1) {
        losses[Int(cause.rawValue)] &+= amount
    }

    // MARK: Windows out

    /// Closes a window for every cgroup that was sampled since the last one.
    ///
    /// - Parameters:
    ///   - rootCPU: the host's CPU time in nanoseconds; the kernel keeps none for the root.
    ///   - unixOffset: what to add to CLOCK_MONOTONIC for Unix time, in nanoseconds.
    ///   - interval: the intended length of a window in nanoseconds.
    ///   - unobserved: `hr_window_flags` of what the probes did not measure.
    ///   - visitor: is handed each window.
    /// - Complexity: O(cgroups).
    package mutating func closeWindows<Visitor: WindowVisitor>(
        rootCPU: UInt64, unixOffset: Int64, interval: UInt64, unobserved: UInt32 = 0,
        _ visitor: inout Visitor
    ) {
        history.tick += 1
        noticeMissedRemovals()
        if orderIsBroken { restoreOrder() }
        if anyRemoved { removeBelowRemoved() }
        if rootIndex >= 0 { nodes[Int(rootIndex)].own.lanes[Counters.Lane.cpu] = rootCPU }
        sumTree()
        for birth in births {
            visitor.born(
                cgroupID: birth.id, path: birth.path,
                timeNanoseconds: unixTime(birth.time, unixOffset))
        }
        births.removeAll(keepingCapacity: true)
        for index in order {
            close(
                Int(index), unixOffset: unixOffset, interval: interval, unobserved: unobserved,
                &visitor)
        }
        if anyRemoved { retireRemoved() }
        let end = unixTime(lastWalkTime, unixOffset)
        let history = history
        table.updateHeader { history.publish(endingAt: end, in: &$0) }
    }

    private mutating func close<Visitor: WindowVisitor>(
        _ index: Int, unixOffset: Int64, interval: UInt64, unobserved: UInt32,
        _ visitor: inout Visitor
    ) {
        guard let path = nodes[index].path else { return }
        let baseTime = nodes[index].baseTime
        let sampleTime = nodes[index].sampleTime
        let hadBase = nodes[index].hasBase
        guard sampleTime > baseTime || nodes[index].isRemoved else {
            if hadBase, baseTime < lastWalkTime { count(HR_LOSS_SAMPLE_MISSING) }
            return
        }
        let isRoot = index == Int(rootIndex)
        let base = nodes[index].base
        let total = subtotal(at: index)
        nodes[index].base = total
        if isRoot || nodes[index].id == 0 {
            // Never lower than before: what a cgroup without a place counted can be missing
            // from one walk and be back in the next.
            nodes[index].base.lanes = pointwiseMax(base.lanes, total.lanes)
        }
        nodes[index].baseTime = sampleTime
        nodes[index].hasBase = true
        guard hadBase else {
            _ = closeDetail(index, Window())
            return
        }

        var backwards = 0
        var window = Window(from: base, to: total, backwards: &backwards)
        if backwards > 0 { count(HR_LOSS_COUNTER_BACK, by: UInt64(backwards)) }
        window.start_ns = unixTime(baseTime, unixOffset)
        window.end_ns = unixTime(max(sampleTime, baseTime &+ 1), unixOffset)
        let elapsed = Double(window.elapsedNanoseconds)
        let intended = Double(interval)
        window.coverage = min(elapsed, intended) / max(elapsed, intended)
        window.flags = nodes[index].flags | unobserved
        window.is_final = nodes[index].isRemoved ? 1 : 0

        let subject = WindowSubject(
            index: index, generation: nodes[index].generation, cgroupID: nodes[index].id,
            path: path, identity: nodes[index].identity, workload: nodes[index].workload, isRoot: isRoot,
            isLeaf: nodes[index].children.lanes[15] == 0)
        let detail = closeDetail(index, window)
        if nodes[index].isRemoved {
            visitor.retire(subject, window, detail)
        } else {
            let hasForecasts = visitor.visit(subject, window, detail, &forecasts)
            publish(index, window, detail, hasForecasts)
        }
    }

    /// Shows readers the limit that the agent holds the cgroup in a place to.
    package func showLimit(_ amount: Double, of resource: Resource, at index: Int) {
        table.updateSlot(index) { slot in
            switch resource {
            case .cpu: slot.limit_cores = amount
            case .memory: slot.limit_bytes = amount
            default: break
            }
        }
    }

    private func publish(
        _ index: Int, _ window: Window, _ detail: WindowDetail?, _ hasForecasts: Bool
    ) {
        let history = history
        table.updateSlot(index) { slot in
            slot.window = window
            if let detail { slot.detail = detail }
            if hasForecasts {
                unsafe withUnsafeMutableBytes(of: &slot.forecast) { unsafe forecasts.write(to: $0) }
            }
            unsafe withUnsafeMutablePointer(to: &slot) { unsafe history.append(to: $0, hasForecasts) }
        }
    }

    /// The subtree's totals: CPU and memcg as the kernel gives them, the rest added up.
    private func subtotal(at index: Int) -> Counters {
        let below = (nodes[index].children &+ nodes[index].retired).masked(Counters.treeMask)
        var total = nodes[index].own &+ below
        let flags = nodes[index].flags
        if flags & HR_SAMPLE_MEMORY_MEMCG.rawValue != 0, flags & HR_SAMPLE_ROOT.rawValue == 0 {
            total.lanes[Counters.Lane.memory] = nodes[index].own.lanes[Counters.Lane.memory]
        }
        total.lanes[15] = 0
        return total
    }

    /// Children add to their parents, leaves first; those whose parent is not known, or has no place, to the root. Lane 15
    /// counts children.
    private mutating func sumTree() {
        for index in order { nodes[Int(index)].children = Counters() }
        for index in order.reversed() {
            let known = nodes[Int(index)].parent
            let parent = Int(known >= 0 ? known : rootIndex)
            guard parent >= 0, parent != Int(index) else { continue }
            var total = subtotal(at: Int(index))
            total.lanes[15] = 1
            // Its tasks are gone, or counted where they went.
            if nodes[Int(index)].isRemoved { total.lanes[Counters.Lane.memory] = 0 }
            nodes[parent].children = nodes[parent].children &+ total
        }
    }

    private func unixTime(_ monotonic: UInt64, _ offset: Int64) -> UInt64 {
        // Saturating, so that no time that a damaged recording holds puts a window's end before its start.
        let (time, isBeyond) = Int64(clamping: monotonic).addingReportingOverflow(offset)
        return isBeyond ? UInt64(Int64.max) : UInt64(max(0, time))
    }
}
