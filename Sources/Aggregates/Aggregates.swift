package import HeadroomABI

/// Ring records in, windows out: cumulative counters per cgroup, added up along the tree,
/// differenced at each tick, and published in the shared table.
///
/// No clock and no I/O: time comes in with the records, so a replay gives the same windows.
/// One thread. Room for `slots` cgroups is fixed at start; those beyond are counted.
package struct Aggregates: ~Copyable {
    package let table: SharedTable
    /// Losses noticed here and those the kernel reported, by `LossCause.index`.
    package private(set) var losses: [UInt64]

    private var nodes: [CgroupNode] = []
    private var freeNodes: [Int32] = []
    /// Nodes in use, parents before children.
    private var order: [Int32] = []
    private var orderIsBroken = false
    /// In the walk under way, what cgroups counted that have no place in the table.
    private var untracked = Counters()
    private var indexByID: [UInt64: Int32] = [:]
    private var indexByPath: [String: Int32] = [:]
    /// Nodes in the order that the last walk met them. The next walk meets them in the same
    /// order, so that a comparison finds a sample's node.
    private var lastVisits: [Int32] = []
    private var visits: [Int32] = []
    private var cursor = 0
    /// Named nodes whose parent is not known yet.
    private var orphans = 0
    private var rootIndex: Int32 = -1
    private var anyRemoved = false
    private var births: [Birth] = []
    /// Filled by the visitor for one cgroup after the other: too large to pass around.
    private var forecasts = ForecastCells()

    private struct Birth {
        let id: UInt64
        let path: String
        let time: UInt64
    }

    /// The newest complete walk, its time and how long it took, in nanoseconds.
    package private(set) var lastWalk: UInt64 = 0
    package private(set) var lastWalkTime: UInt64 = 0
    package private(set) var lastWalkDuration: UInt64 = 0
    private var lastWalkLost: UInt64 = 0

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

    /// A cgroup was made at `time` (CLOCK_MONOTONIC): it starts from zero.
    package mutating func created(id: UInt64, path: String, time: UInt64) {
        guard let index = place(id: id, path: path) else { return }
        guard !nodes[index].hasBase, nodes[index].walk == 0 else { return }
        nodes[index].hasBase = true
        nodes[index].baseTime = time
        nodes[index].sampleTime = time
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
    /// - Complexity: O(cgroups).
    package mutating func closeWindows<Visitor: WindowVisitor>(
        rootCPU: UInt64, unixOffset: Int64, interval: UInt64, unobserved: UInt32 = 0,
        _ visitor: inout Visitor
    ) {
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
        guard hadBase else { return }

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
            path: path, identity: nodes[index].identity, isRoot: isRoot,
            isLeaf: nodes[index].children.lanes[15] == 0)
        if nodes[index].isRemoved {
            visitor.retire(subject, window)
        } else {
            let hasForecasts = visitor.visit(subject, window, &forecasts)
            publish(index, window, hasForecasts)
        }
    }

    private func publish(_ index: Int, _ window: Window, _ hasForecasts: Bool) {
        table.updateSlot(index) { slot in
            slot.window = window
            unsafe withUnsafeMutableBytes(of: &slot.history) { raw in
                let history = unsafe raw.bindMemory(to: Float.self)
                for resource in Resource.measured {
                    let at = Int(resource.rawValue) * HR_TABLE_HISTORY
                    unsafe history[at + Int(slot.history_next)] = Float(window.value(resource))
                }
            }
            slot.history_next = (slot.history_next + 1) % UInt32(HR_TABLE_HISTORY)
            slot.history_count = min(slot.history_count + 1, UInt32(HR_TABLE_HISTORY))
            if hasForecasts {
                unsafe withUnsafeMutableBytes(of: &slot.forecast) { raw in
                    let target = unsafe raw.bindMemory(to: Double.self)
                    for cell in forecasts.values.indices {
                        unsafe target[cell] = forecasts.values[cell]
                    }
                }
            }
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

    /// Children add to their parents, leaves first. Lane 15 counts children.
    private mutating func sumTree() {
        for index in order { nodes[Int(index)].children = Counters() }
        for index in order.reversed() {
            let parent = Int(nodes[Int(index)].parent)
            guard parent >= 0 else { continue }
            var total = subtotal(at: Int(index))
            total.lanes[15] = 1
            // Its tasks are gone, or counted where they went.
            if nodes[Int(index)].isRemoved { total.lanes[Counters.Lane.memory] = 0 }
            nodes[parent].children = nodes[parent].children &+ total
        }
    }

    // MARK: The cgroups

    private mutating func sample(_ sample: hr_sample) {
        guard let index = visited(sample.cgroup_id) else {
            untracked = untracked &+ Counters(sample).masked(Counters.treeMask)
            return
        }
        visits.append(Int32(index))
        setOwn(index, Counters(sample))
        nodes[index].flags = sample.flags
        nodes[index].sampleTime = sample.time_ns
        nodes[index].walk = sample.walk
        if sample.flags & HR_SAMPLE_ROOT.rawValue != 0 { rootIndex = Int32(index) }
    }

    /// The node of the cgroup that a walk meets next.
    private mutating func visited(_ id: UInt64) -> Int? {
        // As last time, or one has gone, or one has come.
        for skip in 0..<2 where cursor + skip < lastVisits.count {
            let expected = Int(lastVisits[cursor + skip])
            if nodes[expected].id == id, !nodes[expected].isRemoved {
                cursor += skip + 1
                return expected
            }
        }
        if let known = indexByID[id] { return Int(known) }
        guard let made = place(id: id, path: nil) else { return nil }
        count(HR_LOSS_NAME_UNKNOWN)
        return made
    }

    private mutating func removed(_ sample: hr_sample) {
        guard let index = indexByID[sample.cgroup_id].map(Int.init) else {
            // Neither its birth nor a sample came through: what it had counted is nobody's but
            // the root's.
            count(HR_LOSS_NAME_UNKNOWN)
            return leave(Counters(sample), to: rootIndex)
        }
        let memory = nodes[index].own.lanes[Counters.Lane.memory]
        setOwn(index, Counters(sample))
        nodes[index].own.lanes[Counters.Lane.memory] = memory
        nodes[index].sampleTime = max(sample.time_ns, nodes[index].baseTime)
        nodes[index].isRemoved = true
        anyRemoved = true
    }

    /// Takes a cgroup's new counters. One that went back counts on from where it was, so that
    /// neither this cgroup's window nor the totals above it jump.
    private mutating func setOwn(_ index: Int, _ counters: Counters) {
        let before = nodes[index].own.lanes
        var now = counters &+ nodes[index].restarts
        let memory = counters.lanes[Counters.Lane.memory]
        now.lanes[Counters.Lane.memory] = memory
        var lower = now.lanes .< before
        lower[Counters.Lane.memory] = false
        // The root's CPU time comes with the tick.
        if index == Int(rootIndex) { lower[Counters.Lane.cpu] = false }
        if any(lower) {
            let missing = (before &- now.lanes).replacing(with: 0, where: .!lower)
            nodes[index].restarts.lanes &+= missing
            now.lanes &+= missing
            let lanes = (0..<Counters.Lane.count).count { lower[$0] }
            count(HR_LOSS_COUNTER_BACK, by: UInt64(lanes))
        }
        nodes[index].own = now
    }

    private mutating func walkEnd(_ end: hr_walk_end) {
        let previousTime = lastWalkTime
        lastWalk = end.walk
        lastWalkTime = end.time_ns
        lastWalkDuration = end.end_ns &- end.time_ns
        lastWalkLost = end.lost
        swap(&lastVisits, &visits)
        visits.removeAll(keepingCapacity: true)
        cursor = 0
        let other = Counters(end.other) &+ untracked
        untracked = Counters()
        guard other.lanes != SIMD16(repeating: 0) || indexByID[0] != nil else { return }
        let isNew = indexByID[0] == nil
        guard let index = place(id: 0, path: Self.otherPath) else { return }
        if isNew, previousTime > 0 {
            // At the walk before it was all zeros.
            nodes[index].hasBase = true
            nodes[index].baseTime = previousTime
        }
        nodes[index].own = other
        nodes[index].sampleTime = end.time_ns
        nodes[index].walk = end.walk
    }

    /// Finds or makes the node of a cgroup and gives it its path, if that is news.
    private mutating func place(id: UInt64, path: String?) -> Int? {
        let index: Int
        if let known = indexByID[id] {
            index = Int(known)
            // Named late, it may stand before a parent that was met after it.
            if path != nil, nodes[index].path == nil { orderIsBroken = true }
        } else {
            guard let free = takeNode(id: id) else {
                count(HR_LOSS_TABLE_FULL)
                return nil
            }
            index = free
            indexByID[id] = Int32(index)
            order.append(Int32(index))
        }
        if let path = path.map(TableText.visible), nodes[index].path != path { name(index, path) }
        return index
    }

    private mutating func name(_ index: Int, _ path: String) {
        if let old = nodes[index].path { indexByPath[old] = nil }
        nodes[index].path = path
        nodes[index].identity = CgroupIdentity(path: path)
        indexByPath[path] = Int32(index)
        if path != "/", let slash = path.lastIndex(of: "/") {
            let parent = slash == path.startIndex ? "/" : String(path[..<slash])
            nodes[index].parent = indexByPath[parent] ?? -1
            if nodes[index].parent < 0 { orphans += 1 }
        }
        if orphans > 0 { adopt(index, path) }
        var whole = true
        let node = nodes[index]
        table.updateSlot(index) { slot in
            slot.live = 1
            slot.cgroup_id = node.id
            slot.generation = node.generation
            slot.parent = node.parent
            slot.history_next = 0
            slot.history_count = 0
            slot.window = hr_window()
            unsafe withUnsafeMutableBytes(of: &slot.forecast) { raw in
                for cell in unsafe raw.bindMemory(to: Double.self).indices {
                    unsafe raw.bindMemory(to: Double.self)[cell] = .nan
                }
            }
            whole = TableText.write(path, to: &slot.path)
            slot.path_bytes = UInt32(TableText.read(slot.path).utf8.count)
        }
        if !whole { count(HR_LOSS_PATH_CUT) }
    }

    /// Hangs children that were known before their parent on it.
    private mutating func adopt(_ parent: Int, _ path: String) {
        let prefix = path == "/" ? "/" : path + "/"
        for index in order.map(Int.init) {
            guard nodes[index].parent < 0, index != parent, let child = nodes[index].path,
                child.hasPrefix(prefix), !child.dropFirst(prefix.count).contains("/")
            else { continue }
            nodes[index].parent = Int32(parent)
            table.updateSlot(index) { $0.parent = Int32(parent) }
            orphans -= 1
            orderIsBroken = true
        }
    }

    private mutating func restoreOrder() {
        func depth(_ index: Int32) -> Int {
            guard let path = nodes[Int(index)].path, path != "/" else { return 0 }
            return path.utf8.count { $0 == UInt8(ascii: "/") }
        }
        let depths = order.map { ($0, depth($0)) }
        order = depths.enumerated()
            .sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }
            .map(\.element.0)
        orderIsBroken = false
    }

    private mutating func takeNode(id: UInt64) -> Int? {
        let isLast = freeNodes.count == 1 && nodes.count == table.slotCount
        if isLast, id != 0, indexByID[0] == nil { return nil }
        if let free = freeNodes.popLast() {
            let generation = nodes[Int(free)].generation + 1
            nodes[Int(free)] = CgroupNode(id: id, generation: generation)
            return Int(free)
        }
        // The last place is kept for (other).
        let places = id == 0 || indexByID[0] != nil ? table.slotCount : table.slotCount - 1
        guard nodes.count < places else { return nil }
        nodes.append(CgroupNode(id: id, generation: 1))
        return nodes.count - 1
    }

    /// A cgroup that a whole walk did not meet is gone, though its last record got lost.
    private mutating func noticeMissedRemovals() {
        guard lastWalkLost == 0, lastWalk > 0 else { return }
        for index in order {
            let node = nodes[Int(index)]
            guard !node.isRemoved, node.id != 0, node.walk < lastWalk - 1,
                node.walk > 0 || node.baseTime < lastWalkTime, node.sampleTime < lastWalkTime
            else { continue }
            nodes[Int(index)].isRemoved = true
            anyRemoved = true
            count(HR_LOSS_REMOVAL_MISSED)
        }
    }

    /// A cgroup goes only when it is empty: what is still under one that went has gone before.
    private mutating func removeBelowRemoved() {
        for index in order {
            let node = nodes[Int(index)]
            guard !node.isRemoved, node.parent >= 0, nodes[Int(node.parent)].isRemoved else {
                continue
            }
            nodes[Int(index)].isRemoved = true
            count(HR_LOSS_REMOVAL_MISSED)
        }
    }

    /// Keeps what a cgroup had counted in the totals of `heir`.
    private mutating func leave(_ counters: Counters, to heir: Int32) {
        guard heir >= 0 else { return }
        let left = counters.masked(Counters.cumulativeTreeMask)
        nodes[Int(heir)].retired = nodes[Int(heir)].retired &+ left
    }

    private mutating func retireRemoved() {
        // Children first, so that what a child leaves reaches a parent that goes as well.
        for index in order.reversed() {
            let node = nodes[Int(index)]
            guard node.isRemoved else { continue }
            leave(node.own &+ node.retired, to: node.parent >= 0 ? node.parent : rootIndex)
            indexByID[node.id] = nil
            if let path = node.path, indexByPath[path] == index { indexByPath[path] = nil }
            freeNodes.append(index)
            table.updateSlot(Int(index)) { $0.live = 0 }
        }
        order.removeAll { nodes[Int($0)].isRemoved }
        anyRemoved = false
    }

    private func unixTime(_ monotonic: UInt64, _ offset: Int64) -> UInt64 {
        UInt64(max(0, Int64(bitPattern: monotonic) &+ offset))
    }
}
