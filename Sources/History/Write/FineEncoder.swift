internal import Aggregates
internal import HeadroomABI

/// Windows as frames of one file. What did nothing and holds the memory it held is left out.
struct FineEncoder {
    private struct Known {
        var isAnnounced = false
        var memory: UInt64 = 0
        var flags: UInt32 = 0
        var cpuLimit: Float = 0
        var memoryLimit: UInt64 = 0
    }

    private var cgroups: [Known] = []
    private var plans: [PlanCodes] = []

    /// - Parameters:
    ///   - names: who a number is, for those that this file does not know.
    /// - Returns: whether it is whole: a row of a number that nobody has is left out.
    @discardableResult mutating func encode(
        _ batch: HistoryBatch, cgroups names: [HistoryCgroup?], plans planNames: [HistoryPlan],
        to builder: inout ByteBuilder
    ) -> Bool {
        for (number, _, _) in batch.cgroups where number < cgroups.count { cgroups[number] = Known() }
        while cgroups.count < names.count { cgroups.append(Known()) }
        var rows = ByteBuilder()
        var count: UInt64 = 0
        var next = 0
        var isWhole = true
        for row in batch.rows.sorted(by: { $0.number < $1.number }) {
            guard row.number < names.count, let name = names[row.number] else {
                isWhole = false
                continue
            }
            // A cgroup has one window a tick; a second would not be told apart.
            guard row.number >= next else { continue }
            let mask = mask(of: row, batch.durationNanoseconds)
            guard !mask.isEmpty || !cgroups[row.number].isAnnounced else { continue }
            if !cgroups[row.number].isAnnounced {
                HistoryNames.encode(row.number, name, to: &builder)
                cgroups[row.number].isAnnounced = true
            }
            rows.append(UInt64(row.number - next))
            next = row.number + 1
            encode(row, mask, to: &rows)
            count += 1
        }
        while plans.count < planNames.count {
            HistoryNames.encode(plans.count, planNames[plans.count], to: &builder)
            plans.append(PlanCodes())
        }
        let known = batch.plans.filter { $0.number < plans.count }
        builder.frame(.window) { frame in
            frame.append(batch.timeNanoseconds)
            frame.append(batch.durationNanoseconds)
            frame.append(count)
            frame.append(raw: rows.bytes)
            frame.append(UInt64(known.count))
            for plan in known {
                frame.append(UInt64(plan.number))
                plans[plan.number].encode(plan.figures, to: &frame)
            }
        }
        return isWhole && known.count == batch.plans.count
    }

    private func mask(of row: HistoryBatch.Row, _ duration: UInt64) -> FineFields {
        let window = row.window
        let known = cgroups[row.number]
        var fields = FineFields()
        func note(_ field: FineFields, _ isThere: Bool) { if isThere { fields.insert(field) } }
        note(.cpu, window.cpu_ns != 0)
        note(.delay, window.delay_ns | window.delay_count != 0)
        note(.memory, window.memory_bytes != known.memory)
        note(.networkReceive, window.net_rx_bytes | window.net_rx_packets != 0)
        note(.networkTransmit, window.net_tx_bytes | window.net_tx_packets != 0)
        note(.diskRead, window.disk_read_bytes | window.disk_read_ops != 0)
        note(.diskWrite, window.disk_write_bytes | window.disk_write_ops != 0)
        note(.throttled, row.throttledNanoseconds != 0)
        note(.pressure, row.pressure.indices.contains { row.pressure[$0] > 0 })
        note(.length, window.elapsedNanoseconds != duration)
        note(.coverage, window.coverage != 1)
        note(.flags, window.flags != known.flags)
        note(.final, window.is_final != 0)
        note(.cpuLimit, row.knowsCPULimit && row.cpuLimitCores != known.cpuLimit)
        note(.memoryLimit, row.knowsMemoryLimit && row.memoryLimitBytes != known.memoryLimit)
        note(.peak, row.cpuPeakCores > 0)
        // A length of its own tells nothing where nothing happened.
        return fields.subtracting(.length).isEmpty ? [] : fields
    }

    private mutating func encode(_ row: HistoryBatch.Row, _ fields: FineFields, to bytes: inout ByteBuilder) {
        let window = row.window
        bytes.append(UInt64(fields.rawValue))
        if fields.contains(.cpu) { bytes.append(window.cpu_ns) }
        if fields.contains(.delay) {
            bytes.append(window.delay_ns)
            bytes.append(window.delay_count)
        }
        if fields.contains(.memory) {
            bytes.append(signed: Int64(bitPattern: window.memory_bytes &- cgroups[row.number].memory))
            cgroups[row.number].memory = window.memory_bytes
        }
        if fields.contains(.networkReceive) {
            bytes.append(window.net_rx_bytes)
            bytes.append(window.net_rx_packets)
        }
        if fields.contains(.networkTransmit) {
            bytes.append(window.net_tx_bytes)
            bytes.append(window.net_tx_packets)
        }
        if fields.contains(.diskRead) {
            bytes.append(window.disk_read_bytes)
            bytes.append(window.disk_read_ops)
            bytes.append(window.disk_read_latency_ns)
        }
        if fields.contains(.diskWrite) {
            bytes.append(window.disk_write_bytes)
            bytes.append(window.disk_write_ops)
            bytes.append(window.disk_write_latency_ns)
        }
        if fields.contains(.throttled) { bytes.append(row.throttledNanoseconds) }
        if fields.contains(.pressure) {
            for index in row.pressure.indices { bytes.append(UInt64((row.pressure[index] * 10_000).rounded())) }
        }
        if fields.contains(.length) { bytes.append(window.elapsedNanoseconds) }
        if fields.contains(.coverage) { bytes.append(Float(window.coverage)) }
        if fields.contains(.flags) {
            bytes.append(UInt64(window.flags))
            cgroups[row.number].flags = window.flags
        }
        if fields.contains(.cpuLimit) {
            bytes.append(row.cpuLimitCores)
            cgroups[row.number].cpuLimit = row.cpuLimitCores
        }
        if fields.contains(.memoryLimit) {
            bytes.append(row.memoryLimitBytes)
            cgroups[row.number].memoryLimit = row.memoryLimitBytes
        }
        if fields.contains(.peak) { bytes.append(UInt64(CompactNumber.code(Double(row.cpuPeakCores)))) }
    }
}

/// Which figures a row has.
struct FineFields: OptionSet, Sendable {
    let rawValue: UInt32

    static let cpu = FineFields(rawValue: 1 << 0)
    static let delay = FineFields(rawValue: 1 << 1)
    static let memory = FineFields(rawValue: 1 << 2)
    static let networkReceive = FineFields(rawValue: 1 << 3)
    static let networkTransmit = FineFields(rawValue: 1 << 4)
    static let diskRead = FineFields(rawValue: 1 << 5)
    static let diskWrite = FineFields(rawValue: 1 << 6)
    static let throttled = FineFields(rawValue: 1 << 7)
    static let pressure = FineFields(rawValue: 1 << 8)
    static let length = FineFields(rawValue: 1 << 9)
    static let coverage = FineFields(rawValue: 1 << 10)
    static let flags = FineFields(rawValue: 1 << 11)
    static let final = FineFields(rawValue: 1 << 12)
    static let cpuLimit = FineFields(rawValue: 1 << 13)
    static let memoryLimit = FineFields(rawValue: 1 << 14)
    static let peak = FineFields(rawValue: 1 << 15)
    static let all: UInt64 = (1 << 16) - 1
}

/// The figures of a plan as differences of codes from one window to the next.
struct PlanCodes: Sendable {
    private var codes = InlineArray<5, UInt32>(repeating: 0)

    mutating func encode(_ figures: HistoryPlanFigures, to bytes: inout ByteBuilder) {
        // One more than the code, so that 0 is none.
        let forecast = figures.forecast.map { CompactNumber.code($0) + 1 } ?? 0
        let now: InlineArray<5, UInt32> = [
            CompactNumber.code(figures.demand), forecast, CompactNumber.code(figures.target),
            CompactNumber.code(figures.ready), CompactNumber.code(figures.pending),
        ]
        for index in now.indices { bytes.append(signed: Int64(now[index]) - Int64(codes[index])) }
        codes = now
    }

    mutating func decode(_ cursor: inout ByteCursor) -> HistoryPlanFigures? {
        for index in codes.indices {
            guard let code = cursor.code(after: codes[index], upTo: CompactNumber.largestCode + 1) else { return nil }
            codes[index] = code
        }
        return HistoryPlanFigures(
            demand: CompactNumber.value(codes[0]),
            forecast: codes[1] == 0 ? nil : CompactNumber.value(codes[1] - 1),
            target: CompactNumber.value(codes[2]), ready: CompactNumber.value(codes[3]),
            pending: CompactNumber.value(codes[4]))
    }
}

extension ByteCursor {
    /// A code as its difference to the one before.
    mutating func code(after last: UInt32, upTo limit: UInt32 = CompactNumber.largestCode) -> UInt32? {
        guard let step = signed(), step.magnitude <= UInt64(limit) else { return nil }
        let value = Int64(last) + step
        return value >= 0 && value <= Int64(limit) ? UInt32(value) : nil
    }
}
