internal import Aggregates

/// Minutes as frames of one file. What did nothing and holds the memory it held is left out.
struct CoarseEncoder {
    private var rows = MinuteRows()
    private var planCount = 0

    /// - Parameter forecasts: puts those of a number into its minute.
    mutating func encode(
        _ sums: MinuteSums, cgroups names: [HistoryCgroup?], plans planNames: [HistoryPlan],
        forecasts: (Int, inout HistoryMinute) -> Void, to builder: inout ByteBuilder
    ) {
        for (index, cgroup) in sums.cgroups.enumerated() {
            guard cgroup.seconds > 0, index < names.count, let name = names[index] else { continue }
            var minute = cgroup.minute
            forecasts(index, &minute)
            rows.add(index, name, minute, to: &builder)
        }
        rows.end(timeNanoseconds: sums.endNanoseconds, nanoseconds: sums.nanoseconds, to: &builder)
        while planCount < planNames.count {
            HistoryNames.encode(planCount, planNames[planCount], to: &builder)
            planCount += 1
        }
        for (number, plan) in sums.plans.enumerated() where plan.seconds > 0 && number < planCount {
            builder.frame(.planMinute) { frame in
                frame.append(sums.endNanoseconds)
                frame.append(UInt64(number))
                plan.encode(to: &frame)
            }
        }
        builder.frame(.agentMinute) { frame in
            frame.append(sums.endNanoseconds)
            frame.append(Float(sums.agent.cores))
            frame.append(Float(sums.agent.probeNanosecondsPerSecond))
            frame.append(UInt64(sums.agent.residentBytes))
            frame.append(UInt64(sums.agent.cgroups))
            frame.append(UInt64(sums.agent.windows))
        }
    }

    mutating func forget(_ index: Int) { rows.forget(index) }
}

/// Minutes' rows of one file, with the names that go before them.
struct MinuteRows {
    private var isAnnounced: [Bool] = []
    private var codes: [MinuteCodes] = []
    private var bytes = ByteBuilder()
    private var count: UInt64 = 0
    private var next = 0

    /// - Precondition: numbers of a minute increase.
    mutating func add(_ index: Int, _ name: HistoryCgroup, _ minute: HistoryMinute, to builder: inout ByteBuilder) {
        while codes.count <= index {
            isAnnounced.append(false)
            codes.append(MinuteCodes())
        }
        if !isAnnounced[index] {
            HistoryNames.encode(index, name, to: &builder)
            isAnnounced[index] = true
        }
        bytes.append(UInt64(index - next))
        next = index + 1
        codes[index].encode(minute, to: &bytes)
        count += 1
    }

    /// The frame of all that were added since the last.
    mutating func end(timeNanoseconds: UInt64, nanoseconds: UInt64, to builder: inout ByteBuilder) {
        builder.frame(.minute) { frame in
            frame.append(timeNanoseconds)
            frame.append(nanoseconds)
            frame.append(count)
            frame.append(raw: bytes.bytes)
        }
        bytes.removeAll()
        count = 0
        next = 0
    }

    mutating func forget(_ index: Int) {
        guard index < codes.count else { return }
        isAnnounced[index] = false
        codes[index] = MinuteCodes()
    }
}

/// A minute of one cgroup as differences of codes from one minute to the next.
struct MinuteCodes: Sendable {
    private static let quantileLimit = 6
    private var means = InlineArray<6, UInt32>(repeating: 0)
    private var peaks = InlineArray<6, UInt32>(repeating: 0)
    private var quantiles = InlineArray<36, UInt32>(repeating: 0)
    private var long = InlineArray<2, UInt32>(repeating: 0)
    /// Six resources that were used, six that have forecasts, two that have one over the longest horizon.
    private static let allMasks: UInt64 = 1 << 14 - 1

    /// Which resources were used at all, which have forecasts, and how many quantiles; then the differences.
    mutating func encode(_ minute: HistoryMinute, to bytes: inout ByteBuilder) {
        var used: UInt64 = 0
        var forecast: UInt64 = 0
        for index in 0..<6 {
            if minute.peaks[index] > 0 { used |= 1 << UInt64(index) }
            if !minute.forecasts[index].isEmpty { forecast |= 1 << UInt64(index) }
        }
        var long: UInt64 = 0
        for index in 0..<2 where minute.longForecasts[index] != nil { long |= 1 << UInt64(index) }
        bytes.append(used | forecast << 6 | long << 12)
        bytes.append(minute.delayNanoseconds / 1000)
        bytes.append(minute.throttledNanoseconds / 1000)
        for index in 0..<6 where used >> UInt64(index) & 1 == 1 {
            step(CompactNumber.code(minute.means[index]), &means[index], &bytes)
            step(CompactNumber.code(minute.peaks[index]), &peaks[index], &bytes)
        }
        for index in 0..<6 where forecast >> UInt64(index) & 1 == 1 {
            let values = minute.forecasts[index].prefix(Self.quantileLimit)
            bytes.append(UInt64(values.count))
            for (place, value) in values.enumerated() {
                step(CompactNumber.code(value), &quantiles[index * Self.quantileLimit + place], &bytes)
            }
        }
        for index in 0..<2 {
            if let value = minute.longForecasts[index] { step(CompactNumber.code(value), &self.long[index], &bytes) }
        }
    }

    private func step(_ code: UInt32, _ last: inout UInt32, _ bytes: inout ByteBuilder) {
        bytes.append(signed: Int64(code) - Int64(last))
        last = code
    }

    mutating func decode(_ cursor: inout ByteCursor) -> HistoryMinute? {
        var minute = HistoryMinute()
        guard let masks = cursor.number(upTo: Self.allMasks), let delay = cursor.number(), let throttled = cursor.number(),
            delay < 1 << 50, throttled < 1 << 50
        else { return nil }
        minute.delayNanoseconds = delay * 1000
        minute.throttledNanoseconds = throttled * 1000
        for index in 0..<6 where masks >> index & 1 == 1 {
            guard let mean = cursor.code(after: means[index]), let peak = cursor.code(after: peaks[index]) else { return nil }
            means[index] = mean
            peaks[index] = peak
            minute.means[index] = CompactNumber.value(mean)
            minute.peaks[index] = CompactNumber.value(peak)
        }
        for index in 0..<6 where masks >> (6 + index) & 1 == 1 {
            guard let count = cursor.number(upTo: UInt64(Self.quantileLimit)) else { return nil }
            for place in 0..<count {
                let at = index * Self.quantileLimit + place
                guard let code = cursor.code(after: quantiles[at]) else { return nil }
                quantiles[at] = code
                minute.forecasts[index].append(CompactNumber.value(code))
            }
        }
        for index in 0..<2 where masks >> (12 + index) & 1 == 1 {
            guard let code = cursor.code(after: long[index]) else { return nil }
            long[index] = code
            minute.longForecasts[index] = CompactNumber.value(code)
        }
        return minute
    }
}

extension HistoryPlanMinute {
    func encode(to frame: inout ByteBuilder) {
        let optional = [last.forecast, allocatable, coverage]
        frame.append(Self.mask(of: optional) | (ladder == nil ? 0 : 1 << 3))
        for value in [last.demand, last.target, last.ready, last.pending, meanDemand, peakDemand, held, short, shortSeconds, seconds] {
            frame.append(Float(value))
        }
        for value in optional { if let value { frame.append(Float(value)) } }
        guard let ladder else { return }
        frame.append(ladder.horizonNanoseconds)
        frame.append(Self.mask(of: ladder.values))
        for value in ladder.values { if let value { frame.append(Float(value)) } }
    }

    /// A bit for each that is there.
    private static func mask(of values: [Double?]) -> UInt64 {
        values.enumerated().reduce(0) { $1.element == nil ? $0 : $0 | 1 << UInt64($1.offset) }
    }

    init?(_ cursor: inout ByteCursor) {
        func value() -> Double? {
            guard let value = cursor.float(), value >= 0, value.isFinite else { return nil }
            return Double(value)
        }
        guard let mask = cursor.number(upTo: 15), let demand = value(), let target = value(), let ready = value(),
            let pending = value(), let mean = value(), let peak = value(), let held = value(),
            let short = value(), let shortSeconds = value(), let seconds = value()
        else { return nil }
        last = HistoryPlanFigures(demand: demand, forecast: nil, target: target, ready: ready, pending: pending)
        meanDemand = mean
        peakDemand = peak
        self.held = held
        self.short = short
        self.shortSeconds = shortSeconds
        self.seconds = seconds
        for bit in 0..<3 where mask >> bit & 1 == 1 {
            guard let value = value() else { return nil }
            switch bit {
            case 0: last.forecast = value
            case 1: allocatable = value
            default: coverage = value
            }
        }
        guard mask >> 3 & 1 == 1 else { return }
        guard let horizon = cursor.time(), let levels = cursor.number(upTo: Self.ladderMasks) else { return nil }
        var values: [Double?] = []
        for place in 0..<Self.ladderLimit where levels >> place > 0 {
            guard levels >> place & 1 == 1 else {
                values.append(nil)
                continue
            }
            guard let value = value() else { return nil }
            values.append(value)
        }
        ladder = Ladder(horizonNanoseconds: horizon, values: values)
    }

    /// As many as a header may have quantiles.
    private static let ladderLimit = 16
    private static let ladderMasks: UInt64 = 1 << 16 - 1
}
