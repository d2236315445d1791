internal import Aggregates
internal import HeadroomABI

/// Frames of one file into what they say. Trusts nothing.
struct HistoryDecoder {
    private struct Cgroup {
        var name: HistoryCgroup
        var memory: UInt64 = 0
        var flags: UInt32 = 0
        var cpuLimit: Float = 0
        var memoryLimit: UInt64 = 0
        var codes = MinuteCodes()
    }

    private let range: ClosedRange<UInt64>
    private let file: HistoryFile
    private var hasHeader = false
    private var cgroups: [Int: Cgroup] = [:]
    private var plans: [Int: (name: HistoryPlan, codes: PlanCodes)] = [:]

    init(range: ClosedRange<UInt64>, file: HistoryFile) {
        self.range = range
        self.file = file
    }

    /// - Returns: false when the frame makes no sense.
    mutating func take(
        _ kind: FrameKind, _ payload: ByteCursor, _ visitor: inout some HistoryVisitor
    ) throws(HistoryError) -> Bool {
        var cursor = payload
        guard hasHeader || kind == .header else { return false }
        let isGood =
            switch kind {
            case .header: try header(&cursor, &visitor)
            case .cgroup: name(&cursor)
            case .plan: plan(&cursor)
            case .window: try window(&cursor, &visitor)
            case .minute: try minute(&cursor, &visitor)
            case .planMinute: try planMinute(&cursor, &visitor)
            case .agentMinute: try agentMinute(&cursor, &visitor)
            case .line: try line(&cursor, &visitor)
            }
        return isGood && cursor.isAtEnd
    }

    private mutating func header(_ cursor: inout ByteCursor, _ visitor: inout some HistoryVisitor) throws(HistoryError) -> Bool {
        guard !hasHeader, let header = HistoryNames.header(&cursor) else { return false }
        hasHeader = true
        try visitor.begin(header, file)
        return true
    }

    private mutating func name(_ cursor: inout ByteCursor) -> Bool {
        guard let (number, name) = HistoryNames.cgroup(&cursor) else { return false }
        var cgroup = Cgroup(name: name)
        cgroup.name.isImported = file.isImported
        cgroups[number] = cgroup
        return true
    }

    private mutating func plan(_ cursor: inout ByteCursor) -> Bool {
        guard let (number, name) = HistoryNames.plan(&cursor) else { return false }
        plans[number] = (name, PlanCodes())
        return true
    }

    // MARK: Windows

    private mutating func window(_ cursor: inout ByteCursor, _ visitor: inout some HistoryVisitor) throws(HistoryError) -> Bool {
        guard let time = cursor.time(), let duration = cursor.number(), duration > 0, duration <= time,
            let rows = cursor.number(upTo: HistoryNames.numberLimit)
        else { return false }
        let isTold = range.contains(time)
        var number = -1
        for _ in 0..<rows {
            guard let step = cursor.number(upTo: HistoryNames.numberLimit) else { return false }
            number += step + 1
            guard var cgroup = cgroups[number], let (window, detail) = Self.row(&cursor, &cgroup, time, duration)
            else { return false }
            cgroups[number] = cgroup
            if isTold { try visitor.window(cgroup.name, window, detail) }
        }
        guard let planCount = cursor.number(upTo: HistoryNames.numberLimit) else { return false }
        for _ in 0..<planCount {
            guard let number = cursor.number(upTo: HistoryNames.numberLimit), var plan = plans[number],
                let figures = plan.codes.decode(&cursor)
            else { return false }
            plans[number] = plan
            if isTold { try visitor.plan(plan.name, figures, timeNanoseconds: time) }
        }
        if isTold { try visitor.tick(timeNanoseconds: time, durationNanoseconds: duration) }
        return true
    }

    private static func row(
        _ cursor: inout ByteCursor, _ cgroup: inout Cgroup, _ time: UInt64, _ duration: UInt64
    ) -> (Window, HistoryDetail)? {
        guard let mask = cursor.number(upTo: FineFields.all) else { return nil }
        let fields = FineFields(rawValue: UInt32(mask))
        var window = Window()
        var detail = HistoryDetail()
        var isGood = true
        func next() -> UInt64 {
            guard let value = cursor.number() else {
                isGood = false
                return 0
            }
            return value
        }
        if fields.contains(.cpu) { window.cpu_ns = next() }
        if fields.contains(.delay) {
            window.delay_ns = next()
            window.delay_count = next()
        }
        if fields.contains(.memory) {
            guard let step = cursor.signed() else { return nil }
            cgroup.memory &+= UInt64(bitPattern: step)
        }
        window.memory_bytes = cgroup.memory
        if fields.contains(.networkReceive) {
            window.net_rx_bytes = next()
            window.net_rx_packets = next()
        }
        if fields.contains(.networkTransmit) {
            window.net_tx_bytes = next()
            window.net_tx_packets = next()
        }
        if fields.contains(.diskRead) {
            window.disk_read_bytes = next()
            window.disk_read_ops = next()
            window.disk_read_latency_ns = next()
        }
        if fields.contains(.diskWrite) {
            window.disk_write_bytes = next()
            window.disk_write_ops = next()
            window.disk_write_latency_ns = next()
        }
        if fields.contains(.throttled) { detail.throttledNanoseconds = next() }
        if fields.contains(.pressure) {
            for index in detail.pressure.indices { detail.pressure[index] = Float(min(next(), 10_000)) / 10_000 }
        }
        var own = duration
        if fields.contains(.length) { own = next() }
        window.end_ns = time
        window.start_ns = time >= own ? time - own : 0
        window.coverage = 1
        if fields.contains(.coverage) {
            guard let coverage = cursor.float(), coverage >= 0, coverage <= 1 else { return nil }
            window.coverage = Double(coverage)
        }
        if fields.contains(.flags) {
            guard let flags = cursor.number(upTo: UInt64(UInt32.max)) else { return nil }
            cgroup.flags = UInt32(flags)
        }
        window.flags = cgroup.flags
        window.is_final = fields.contains(.final) ? 1 : 0
        if fields.contains(.cpuLimit) {
            guard let cpu = cursor.float(), cpu >= 0 else { return nil }
            cgroup.cpuLimit = cpu
        }
        if fields.contains(.memoryLimit) { cgroup.memoryLimit = next() }
        detail.cpuLimitCores = cgroup.cpuLimit
        detail.memoryLimitBytes = cgroup.memoryLimit == 0 ? nil : cgroup.memoryLimit
        if fields.contains(.peak) {
            guard let code = cursor.number(upTo: UInt64(CompactNumber.largestCode)) else { return nil }
            detail.cpuPeakCores = Float(CompactNumber.value(UInt32(code)))
        }
        return isGood ? (window, detail) : nil
    }

    // MARK: Minutes

    private mutating func minute(_ cursor: inout ByteCursor, _ visitor: inout some HistoryVisitor) throws(HistoryError) -> Bool {
        guard let time = cursor.time(), let duration = cursor.number(), duration > 0, duration <= time,
            let rows = cursor.number(upTo: HistoryNames.numberLimit)
        else { return false }
        let isTold = range.contains(time)
        var number = -1
        for _ in 0..<rows {
            guard let step = cursor.number(upTo: HistoryNames.numberLimit) else { return false }
            number += step + 1
            guard let minute = cgroups[number]?.codes.decode(&cursor), let name = cgroups[number]?.name else { return false }
            if isTold { try visitor.minute(name, minute, timeNanoseconds: time) }
        }
        if isTold { try visitor.minuteEnd(timeNanoseconds: time, durationNanoseconds: duration) }
        return true
    }

    private func planMinute(_ cursor: inout ByteCursor, _ visitor: inout some HistoryVisitor) throws(HistoryError) -> Bool {
        guard let time = cursor.time(), let number = cursor.number(upTo: HistoryNames.numberLimit),
            let plan = plans[number]?.name, let minute = HistoryPlanMinute(&cursor)
        else { return false }
        if range.contains(time) { try visitor.planMinute(plan, minute, timeNanoseconds: time) }
        return true
    }

    private func agentMinute(_ cursor: inout ByteCursor, _ visitor: inout some HistoryVisitor) throws(HistoryError) -> Bool {
        guard let time = cursor.time(), let cores = cursor.float(), let probes = cursor.float(),
            let resident = cursor.number(), let cgroups = cursor.number(upTo: 1 << 32),
            let windows = cursor.number(upTo: 1 << 32)
        else { return false }
        let minute = HistoryAgentMinute(
            cores: Double(cores), probeNanosecondsPerSecond: Double(probes), residentBytes: Double(resident),
            cgroups: cgroups, windows: windows)
        if range.contains(time) { try visitor.agentMinute(minute, timeNanoseconds: time) }
        return true
    }

    private func line(_ cursor: inout ByteCursor, _ visitor: inout some HistoryVisitor) throws(HistoryError) -> Bool {
        guard let time = cursor.time() else { return false }
        let text = cursor.rest()
        if range.contains(time) { try visitor.line(text, timeNanoseconds: time) }
        return true
    }
}
