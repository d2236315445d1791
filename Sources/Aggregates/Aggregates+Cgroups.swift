internal import HeadroomABI

/// The cgroups that are followed: found or made, named, hung on their parents, retired.
extension Aggregates {
    mutating func sample(_ sample: hr_sample) {
        guard let index = visited(sample.cgroup_id) else {
            untracked = untracked &+ Counters(sample).masked(Counters.treeMask)
            return
        }
        visits.append(Int32(index))
        let isNews = isNews(index)
        setOwn(index, Counters(sample))
        nodes[index].goneCPU = 0
        if isNews { takeFromOther(index, at: sample.time_ns) }
        nodes[index].flags = sample.flags
        nodes[index].sampleTime = sample.time_ns
        nodes[index].walk = sample.walk
        if sample.flags & HR_SAMPLE_ROOT.rawValue != 0 { rootIndex = Int32(index) }
    }

    /// The node of the cgroup that a walk meets next.
    mutating func visited(_ id: UInt64) -> Int? {
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

    mutating func removed(_ sample: hr_sample) {
        guard let index = indexByID[sample.cgroup_id].map(Int.init) else {
            // It had no place, or neither its birth nor a sample came through: what it had counted is nobody's.
            count(HR_LOSS_NAME_UNKNOWN)
            return leave(Counters(sample), to: indexByID[0] ?? rootIndex)
        }
        let isNews = isNews(index)
        let memory = nodes[index].own.lanes[Counters.Lane.memory]
        let cpu = nodes[index].own.lanes[Counters.Lane.cpu]
        setOwn(index, Counters(sample))
        raiseCPU(index, from: cpu)
        if isNews { takeFromOther(index, at: sample.time_ns) }
        nodes[index].own.lanes[Counters.Lane.memory] = memory
        nodes[index].sampleTime = max(sample.time_ns, nodes[index].baseTime)
        nodes[index].isRemoved = true
        anyRemoved = true
    }

    /// A cgroup's last CPU time is not in its parent's yet when both go in one tick: the kernel adds it up when it flushes, and
    /// the parent's last record may come before. What children that went have used since the walk is the least that it used.
    ///
    /// - Parameter before: the cgroup's CPU time in the last walk.
    private mutating func raiseCPU(_ index: Int, from before: UInt64) {
        let least = before &+ nodes[index].goneCPU
        if nodes[index].own.lanes[Counters.Lane.cpu] < least { nodes[index].own.lanes[Counters.Lane.cpu] = least }
        let parent = Int(nodes[index].parent)
        // Both since the same walk, or the child since its birth after that.
        guard parent >= 0, nodes[index].walk == nodes[parent].walk || nodes[index].walk == 0 && nodes[index].hasBase
        else { return }
        nodes[parent].goneCPU &+= nodes[index].own.lanes[Counters.Lane.cpu] &- before
    }

    /// Whether a cgroup was there before it had a place: nothing of it was told.
    private func isNews(_ index: Int) -> Bool {
        nodes[index].walk == 0 && !nodes[index].hasBase && nodes[index].id != 0
    }

    /// What a cgroup had counted until it got a place stays in (other), which had told most of it and tells the rest now; the
    /// cgroup counts from here on. Its counters come with it, and those above it must not jump.
    private mutating func takeFromOther(_ index: Int, at time: UInt64) {
        guard let other = indexByID[0].map(Int.init), nodes[other].hasBase, rootIndex >= 0 else { return }
        let told = nodes[index].own.masked(Counters.cumulativeTreeMask)
        nodes[other].retired = nodes[other].retired &+ told
        let above = nodes[index].parent >= 0 ? nodes[index].parent : rootIndex
        nodes[Int(above)].retired = nodes[Int(above)].retired &- told
        nodes[index].base = nodes[index].own
        nodes[index].baseTime = time
        nodes[index].hasBase = true
    }

    /// A cgroup's parent became known: what was counted of it so far, the root has told. The parent tells what comes.
    private mutating func entrust(_ index: Int, to parent: Int) {
        guard nodes[index].walk > 0, rootIndex >= 0, parent != Int(rootIndex) else { return }
        let all = nodes[index].hasBase ? nodes[index].base : nodes[index].own &+ nodes[index].retired
        let told = all.masked(Counters.cumulativeTreeMask)
        nodes[parent].retired = nodes[parent].retired &- told
        nodes[Int(rootIndex)].retired = nodes[Int(rootIndex)].retired &+ told
    }

    /// Takes a cgroup's new counters. One that went back counts on from where it was, so that
    /// neither this cgroup's window nor the totals above it jump.
    mutating func setOwn(_ index: Int, _ counters: Counters) {
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

    mutating func walkEnd(_ end: hr_walk_end) {
        let previousTime = lastWalkTime
        lastWalk = end.walk
        lastWalkTime = end.time_ns
        lastWalkDuration = end.end_ns &- end.time_ns
        burstFrom = end.burst_from
        burstTo = end.burst_to
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
    mutating func place(id: UInt64, path: String?) -> Int? {
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

    mutating func name(_ index: Int, _ path: String) {
        if let old = nodes[index].path { indexByPath[old] = nil }
        nodes[index].path = path
        nodes[index].identity = CgroupIdentity(path: path)
        nodes[index].workload = pods.workload(of: nodes[index].identity)
        indexByPath[path] = Int32(index)
        if let parent = CgroupPath.parent(of: path) {
            nodes[index].parent = indexByPath[String(parent)] ?? -1
            if nodes[index].parent < 0 { orphans += 1 } else { entrust(index, to: Int(nodes[index].parent)) }
            raiseDetail(index)
        }
        if orphans > 0 { adopt(index, path) }
        var whole = true
        let node = nodes[index]
        table.updateSlot(index) { slot in
            slot.live = 1
            slot.cgroup_id = node.id
            slot.generation = node.generation
            slot.parent = node.parent
            slot.history_tick = 0
            slot.history_first = 0
            slot.window = hr_window()
            slot.detail = hr_window_detail()
            slot.limit_cores = 0
            slot.limit_bytes = 0
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
    mutating func adopt(_ parent: Int, _ path: String) {
        for index in order.map(Int.init) {
            guard nodes[index].parent < 0, index != parent, let child = nodes[index].path, CgroupPath.isChild(child, of: path)
            else { continue }
            nodes[index].parent = Int32(parent)
            entrust(index, to: parent)
            raiseDetail(index)
            table.updateSlot(index) { $0.parent = Int32(parent) }
            orphans -= 1
            orderIsBroken = true
        }
    }

    mutating func restoreOrder() {
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

    mutating func takeNode(id: UInt64) -> Int? {
        let isLast = freeNodes.count == 1 && nodes.count == table.slotCount
        if isLast, id != 0, indexByID[0] == nil { return nil }
        if let free = freeNodes.popLast() {
            let generation = nodes[Int(free)].generation + 1
            nodes[Int(free)] = CgroupNode(id: id, generation: generation)
            resetDetail(Int(free))
            return Int(free)
        }
        // The last place is kept for (other).
        let places = id == 0 || indexByID[0] != nil ? table.slotCount : table.slotCount - 1
        guard nodes.count < places else { return nil }
        nodes.append(CgroupNode(id: id, generation: 1))
        resetDetail(nodes.count - 1)
        return nodes.count - 1
    }

    /// A cgroup that a whole walk did not meet is gone, though its last record got lost.
    mutating func noticeMissedRemovals() {
        guard lastWalk > 0 else { return }
        // Field by field: a node is too large to copy every cgroup's each tick.
        for place in order {
            let index = Int(place)
            guard nodes[index].walk < lastWalk - 1, nodes[index].sampleTime < lastWalkTime,
                !nodes[index].isRemoved, nodes[index].id != 0,
                nodes[index].walk > 0 || nodes[index].baseTime < lastWalkTime
            else { continue }
            nodes[index].isRemoved = true
            anyRemoved = true
            count(HR_LOSS_REMOVAL_MISSED)
        }
    }

    /// A cgroup goes only when it is empty: what is still under one that went has gone before.
    mutating func removeBelowRemoved() {
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
    mutating func leave(_ counters: Counters, to heir: Int32) {
        guard heir >= 0 else { return }
        let left = counters.masked(Counters.cumulativeTreeMask)
        nodes[Int(heir)].retired = nodes[Int(heir)].retired &+ left
    }

    mutating func retireRemoved() {
        // Children first, so that what a child leaves reaches a parent that goes as well.
        for index in order.reversed() {
            let node = nodes[Int(index)]
            guard node.isRemoved else { continue }
            dropOwnMemory(Int(index))
            leave(node.own &+ node.retired, to: node.parent >= 0 ? node.parent : rootIndex)
            indexByID[node.id] = nil
            if let path = node.path, indexByPath[path] == index { indexByPath[path] = nil }
            freeNodes.append(index)
            table.updateSlot(Int(index)) { $0.live = 0 }
        }
        order.removeAll { nodes[Int($0)].isRemoved }
        anyRemoved = false
    }
}
