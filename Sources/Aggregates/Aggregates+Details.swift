internal import HeadroomABI

/// Details and steps of CPU time: gathered as they come, handed out with the windows.
///
/// What is a cgroup's own is added to everything above it at once, as far as that is known, so
/// that closing a window costs nothing for the cgroups that did nothing.
extension Aggregates {
    static let steps = HR_BURST_STEPS

    mutating func detail(_ record: hr_detail) {
        guard let index = detailNode(record.cgroup_id) else { return }
        take(record, index)
        if record.parts & HR_PART_COUNTS.rawValue != 0 { gather(record, index) }
        if record.parts & HR_PART_MEMORY.rawValue != 0 { takeMemory(record, index) }
        details[index].hasNews = true
        details[index].window.parts |= record.parts
    }

    /// The cgroup of a record that follows its sample, or of one that came by itself.
    private func detailNode(_ id: UInt64) -> Int? {
        if let last = visits.last, nodes[Int(last)].id == id { return Int(last) }
        return indexByID[id].map(Int.init)
    }

    /// Parts that cover the subtree, or are told of the cgroup alone.
    private mutating func take(_ record: hr_detail, _ index: Int) {
        let parts = record.parts
        let known = details[index].base
        let last = details[index].last
        details[index].base |= parts
        if parts & HR_PART_CPU.rawValue != 0 {
            let isRoot = index == Int(rootIndex)
            let total =
                isRoot
                ? record.cpu_user_ns &+ record.cpu_system_ns
                : nodes[index].own.lanes[Counters.Lane.cpu]
            details[index].cpu.update(
                total: total, userTicks: record.cpu_user_ns, systemTicks: record.cpu_system_ns)
            if known & HR_PART_CPU.rawValue == 0 {
                details[index].userBase = details[index].cpu.user
                details[index].systemBase = details[index].cpu.system
            }
        }
        if parts & HR_PART_CPU_LIMIT.rawValue != 0 {
            details[index].window.cpu_limit_cores =
                record.cpu_limit_period_ns == 0
                ? 0 : Float(Double(record.cpu_limit_quota_ns) / Double(record.cpu_limit_period_ns))
        }
        if parts & HR_PART_THROTTLE.rawValue != 0 {
            if known & HR_PART_THROTTLE.rawValue != 0 {
                details[index].window.throttled_ns &+= difference(
                    record.throttled_ns, last.throttledNanoseconds)
                details[index].window.periods &+= record.periods &- last.periods
                details[index].window.throttled_periods &+=
                    record.throttled_periods &- last.throttledPeriods
            }
            details[index].last.throttledNanoseconds = record.throttled_ns
            details[index].last.periods = record.periods
            details[index].last.throttledPeriods = record.throttled_periods
        }
        if parts & HR_PART_PRESSURE.rawValue != 0 {
            takePressure(record, index, isFirst: known & HR_PART_PRESSURE.rawValue == 0)
        }
        if parts & HR_PART_LIMITS.rawValue != 0 {
            details[index].window.memory_limit_bytes = record.memory_limit_bytes
            if known & HR_PART_LIMITS.rawValue != 0 {
                let sum = details[index].window.memory_events
                details[index].window.memory_events = (
                    sum.0 &+ record.memory_events.0 &- last.memoryEvents.0,
                    sum.1 &+ record.memory_events.1 &- last.memoryEvents.1,
                    sum.2 &+ record.memory_events.2 &- last.memoryEvents.2,
                    sum.3 &+ record.memory_events.3 &- last.memoryEvents.3
                )
            }
            details[index].last.memoryEvents = record.memory_events
        }
        if parts & HR_PART_MEMORY_STAT.rawValue != 0 {
            details[index].window.memory_kernel_bytes = record.memory_kernel_bytes
            if known & HR_PART_MEMORY_STAT.rawValue != 0 {
                details[index].window.major_faults &+= difference(
                    record.major_faults, last.majorFaults)
                details[index].window.refaults &+= difference(record.refaults, last.refaults)
            }
            details[index].last.majorFaults = record.major_faults
            details[index].last.refaults = record.refaults
        }
    }

    private func difference(_ now: UInt64, _ before: UInt64) -> UInt64 {
        now >= before ? now - before : 0
    }

    /// Shares of the time since the kernel last added its totals up.
    private mutating func takePressure(_ record: hr_detail, _ index: Int, isFirst: Bool) {
        let last = details[index].last
        guard record.pressure_time_ns != last.pressureTime else { return }
        if !isFirst, record.pressure_time_ns > last.pressureTime {
            let elapsed = Float(record.pressure_time_ns - last.pressureTime)
            func share(_ now: UInt64, _ before: UInt64) -> Float {
                min(1, Float(difference(now, before)) / elapsed)
            }
            let now = record.pressure_ns
            let before = last.pressure
            details[index].window.pressure = (
                share(now.0, before.0), share(now.1, before.1), share(now.2, before.2),
                share(now.3, before.3), share(now.4, before.4), share(now.5, before.5)
            )
        }
        details[index].last.pressure = record.pressure_ns
        details[index].last.pressureTime = record.pressure_time_ns
    }

    /// Own counts, which everything above shares.
    private mutating func gather(_ record: hr_detail, _ index: Int) {
        let now = Self.lanes(record)
        var change = now &- details[index].told
        details[index].told = now
        // They wrap, but none gets half way round between two records. One that went back counts on from where it is.
        let back = change .> SIMD64(repeating: UInt32(Int32.max))
        if any(back) {
            change.replace(with: 0, where: back)
            count(HR_LOSS_COUNTER_BACK, by: UInt64((0..<DetailState.Lane.count).count { back[$0] }))
        }
        let longest = record.delay_max_ns
        for at in lineage(index) {
            details[at].gathered &+= change
            details[at].window.delay_max_ns = max(details[at].window.delay_max_ns, longest)
            details[at].window.parts |= HR_PART_COUNTS.rawValue
            details[at].hasNews = true
        }
    }

    /// Memory that the kernel counts with everything below comes from its files; what is counted
    /// by task is the cgroup's own.
    private mutating func takeMemory(_ record: hr_detail, _ index: Int) {
        if record.parts & HR_PART_MEMORY_STAT.rawValue != 0 {
            details[index].window.memory_anon_bytes = record.memory_anon_bytes
            details[index].window.memory_file_bytes = record.memory_file_bytes
            return
        }
        changeOwnMemory(index, anon: record.memory_anon_bytes, file: record.memory_file_bytes)
    }

    private mutating func changeOwnMemory(_ index: Int, anon: UInt64, file: UInt64) {
        let anonChange = anon &- details[index].ownAnon
        let fileChange = file &- details[index].ownFile
        guard anonChange != 0 || fileChange != 0 else { return }
        details[index].ownAnon = anon
        details[index].ownFile = file
        for at in lineage(index) {
            details[at].window.memory_anon_bytes &+= anonChange
            details[at].window.memory_file_bytes &+= fileChange
            details[at].window.parts |= HR_PART_MEMORY.rawValue
            details[at].hasNews = true
        }
    }

    /// A cgroup is going: its tasks' memory is no longer there.
    mutating func dropOwnMemory(_ index: Int) { changeOwnMemory(index, anon: 0, file: 0) }

    /// The cgroup and what is above it, as far as that is known.
    private func lineage(_ index: Int) -> Lineage {
        Lineage(nodes: nodes, at: Int32(index), left: Self.deepest)
    }

    private struct Lineage: Sequence, IteratorProtocol {
        let nodes: [CgroupNode]
        var at: Int32
        var left: Int

        mutating func next() -> Int? {
            guard at >= 0, left > 0 else { return nil }
            defer { at = nodes[Int(at)].parent }
            left -= 1
            return Int(at)
        }
    }

    /// Deeper than any real tree, and an end to a damaged one.
    private static let deepest = 256

    private static func lanes(_ record: hr_detail) -> SIMD64<UInt32> {
        typealias Lane = DetailState.Lane
        var lanes = SIMD64<UInt32>(repeating: 0)
        unsafe withUnsafeMutableBytes(of: &lanes) { raw in
            unsafe withUnsafeBytes(of: record.delay_buckets) {
                unsafe UnsafeMutableRawBufferPointer(rebasing: raw[..<(4 * Lane.readBuckets)])
                    .copyMemory(from: $0)
            }
            unsafe withUnsafeBytes(of: record.disk_read_buckets) {
                unsafe UnsafeMutableRawBufferPointer(
                    rebasing: raw[(4 * Lane.readBuckets)..<(4 * Lane.writeBuckets)]
                ).copyMemory(from: $0)
            }
            unsafe withUnsafeBytes(of: record.disk_write_buckets) {
                unsafe UnsafeMutableRawBufferPointer(
                    rebasing: raw[(4 * Lane.writeBuckets)..<(4 * Lane.retransmits)]
                ).copyMemory(from: $0)
            }
        }
        lanes[Lane.retransmits] = record.tcp_retransmits
        lanes[Lane.connects] = record.tcp_connects
        lanes[Lane.accepts] = record.tcp_accepts
        lanes[Lane.readErrors] = record.disk_read_errors
        lanes[Lane.writeErrors] = record.disk_write_errors
        return lanes
    }

    // MARK: Steps

    mutating func burst(_ record: hr_burst) {
        guard let index = detailNode(record.cgroup_id) else { return }
        let group = HR_BURST_GROUP
        let start = Int(record.step % UInt64(HR_BURST_STEPS)) / group * group
        for at in lineage(index) {
            details[at].hasSteps = true
            details[at].hasNews = true
            unsafe withUnsafeBytes(of: record.cpu_ns) { raw in
                let steps = unsafe raw.bindMemory(to: UInt32.self)
                for offset in 0..<group {
                    unsafe cpuSteps[at * Self.steps + start + offset] &+= steps[offset]
                }
            }
        }
    }

    /// The highest means over 10 and 100 ms in the window, in cores, and wipes the steps.
    private mutating func takePeaks(_ index: Int) -> (short: Float, long: Float)? {
        defer {
            if details[index].hasSteps {
                for at in (index * Self.steps)..<((index + 1) * Self.steps) { cpuSteps[at] = 0 }
                details[index].hasSteps = false
            }
        }
        guard burstTo > burstFrom, burstTo - burstFrom <= UInt64(Self.steps) else { return nil }
        let count = Int(burstTo - burstFrom)
        guard details[index].hasSteps else { return (0, 0) }
        let first = Int(burstFrom % UInt64(Self.steps))
        let start = index * Self.steps
        var highest: UInt64 = 0
        var highestTen: UInt64 = 0
        var ten: UInt64 = 0
        for step in 0..<count {
            let at = (first + step) & (Self.steps - 1)
            let now = UInt64(cpuSteps[start + at])
            highest = max(highest, now)
            ten += now
            if step >= 10 {
                ten -= UInt64(cpuSteps[start + ((at &- 10) & (Self.steps - 1))])
            }
            highestTen = max(highestTen, ten)
        }
        let step = Float(HR_BURST_NS)
        return (Float(highest) / step, Float(highestTen) / (10 * step))
    }

    // MARK: Windows

    /// The details of a window that closes now; nil when nothing happened in it nor in the one
    /// before.
    mutating func closeDetail(_ index: Int, _ window: Window) -> WindowDetail? {
        let hasNews = details[index].hasNews
        defer {
            details[index].hasNews = false
            details[index].hadNews = hasNews
        }
        let peaks = takePeaks(index)
        guard hasNews || details[index].hadNews else { return nil }
        var detail = details[index].window
        detail.cpu_user_ns = details[index].cpu.user - details[index].userBase
        detail.cpu_system_ns = details[index].cpu.system - details[index].systemBase
        details[index].userBase = details[index].cpu.user
        details[index].systemBase = details[index].cpu.system
        let mean = Float(window.value(.cpu))
        // Without the switch hook, what runs is what ran when it was taken off.
        if let peaks, window.flags & HR_WINDOW_NO_DELAY.rawValue == 0 {
            // A peak is never below the mean, which also has what no switch told of.
            detail.cpu_peak_10ms_cores = max(peaks.short, mean)
            detail.cpu_peak_100ms_cores = max(peaks.long, mean)
            detail.parts |= UInt32(HR_PART_PEAKS)
        }
        Self.give(details[index].gathered, to: &detail)

        details[index].gathered = SIMD64(repeating: 0)
        details[index].window.delay_max_ns = 0
        details[index].window.throttled_ns = 0
        details[index].window.periods = 0
        details[index].window.throttled_periods = 0
        details[index].window.memory_events = (0, 0, 0, 0)
        details[index].window.major_faults = 0
        details[index].window.refaults = 0
        return detail
    }

    private static func give(_ lanes: SIMD64<UInt32>, to detail: inout WindowDetail) {
        typealias Lane = DetailState.Lane
        unsafe withUnsafeBytes(of: lanes) { raw in
            unsafe withUnsafeMutableBytes(of: &detail.delay_buckets) {
                unsafe $0.copyMemory(from: .init(rebasing: raw[..<(4 * Lane.readBuckets)]))
            }
            unsafe withUnsafeMutableBytes(of: &detail.disk_read_buckets) {
                unsafe $0.copyMemory(
                    from: .init(rebasing: raw[(4 * Lane.readBuckets)..<(4 * Lane.writeBuckets)]))
            }
            unsafe withUnsafeMutableBytes(of: &detail.disk_write_buckets) {
                unsafe $0.copyMemory(
                    from: .init(rebasing: raw[(4 * Lane.writeBuckets)..<(4 * Lane.retransmits)]))
            }
        }
        detail.tcp_retransmits = lanes[Lane.retransmits]
        detail.tcp_connects = lanes[Lane.connects]
        detail.tcp_accepts = lanes[Lane.accepts]
        detail.disk_read_errors = lanes[Lane.readErrors]
        detail.disk_write_errors = lanes[Lane.writeErrors]
    }

    /// Makes room for a node's details, and clears what an earlier tenant left.
    mutating func resetDetail(_ index: Int) {
        while details.count <= index {
            details.append(DetailState())
            cpuSteps.append(contentsOf: repeatElement(0, count: Self.steps))
        }
        details[index] = DetailState()
        for at in (index * Self.steps)..<((index + 1) * Self.steps) { cpuSteps[at] = 0 }
    }

    /// A cgroup's parent has become known: it has missed what the cgroup gathered so far.
    mutating func raiseDetail(_ index: Int) {
        let parent = Int(nodes[index].parent)
        guard parent >= 0, details[index].hasNews || details[index].hasSteps else { return }
        let gathered = details[index].gathered
        let longest = details[index].window.delay_max_ns
        let anon = details[index].window.memory_anon_bytes
        let file = details[index].window.memory_file_bytes
        let isOwn = details[index].window.parts & HR_PART_MEMORY_STAT.rawValue == 0
        let hasSteps = details[index].hasSteps
        for at in lineage(parent) {
            details[at].gathered &+= gathered
            details[at].window.delay_max_ns = max(details[at].window.delay_max_ns, longest)
            if isOwn {
                details[at].window.memory_anon_bytes &+= anon
                details[at].window.memory_file_bytes &+= file
            }
            details[at].hasNews = true
            guard hasSteps else { continue }
            details[at].hasSteps = true
            for step in 0..<Self.steps {
                cpuSteps[at * Self.steps + step] &+= cpuSteps[index * Self.steps + step]
            }
        }
    }
}
