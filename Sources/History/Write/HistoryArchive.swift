internal import Aggregates
internal import HeadroomABI
internal import Logging

/// Batches into files: the writer thread's side. One thread.
final class HistoryArchive {
    private struct Tier {
        var file: HistoryFileWriter?
        var builder = ByteBuilder()
    }

    private let store: HistoryStore
    private let fileBytes: Int
    private var header: HistoryHeader
    private var table: TableReader
    private let logger: Logger
    private var fine = Tier()
    private var coarse = Tier()
    private var fineEncoder = FineEncoder()
    private var coarseEncoder = CoarseEncoder()
    private var sums = MinuteSums()
    private var cgroups: [HistoryCgroup?] = []
    /// By number, where in the table.
    private var slots: [Int] = []
    private var plans: [HistoryPlan] = []
    /// Unix milliseconds before which nothing is tried again.
    private var pausedUntil = Int64.min
    private var isFailing = false
    private static let pauseMilliseconds: Int64 = 10_000

    init(_ options: HistoryOptions, header: HistoryHeader, table: consuming TableReader, logger: Logger) {
        store = HistoryStore(
            directory: options.directory, keepMilliseconds: options.keepNanoseconds / 1_000_000,
            byteLimit: options.byteLimit)
        fileBytes = options.fileBytes
        self.header = header
        self.logger = logger
        self.table = table
        if let shared = self.table.header() {
            self.header.horizonsNanoseconds = shared.elements(
                of: \.horizons_ns, as: UInt64.self, first: Int(shared.horizon_count))
            self.header.quantiles = shared.elements(
                of: \.quantiles, as: Double.self, first: Int(shared.quantile_count))
        }
    }

    /// Makes the directory and takes over what an earlier run left.
    func begin() {
        do throws(HistoryError) {
            try store.make()
            let torn = try store.adopt()
            if torn > 0 {
                logger.notice("\(store.directory): \(torn) bytes of a window that an earlier run did not finish are left out")
            }
        } catch {
            logger.error("history: \(error); what an earlier run left there stays as it is")
        }
    }

    /// - Returns: whether all of the batch is kept.
    func take(_ batch: HistoryBatch) -> Bool {
        let now = Int64(batch.timeNanoseconds / 1_000_000)
        var isPaused = now < pausedUntil && pausedUntil - now <= Self.pauseMilliseconds
        if batch.startsMinute {
            // Before the numbers have other tenants.
            sums.take(reasonsOf: batch.plans)
            if isPaused { sums.removeAll() } else { isPaused = !endMinuteBefore(now) }
        }
        note(batch)
        plans += batch.newPlans
        sums.add(batch)
        tell(batch.missing)
        guard !isPaused else {
            if batch.endsMinute { sums.removeAll() }
            return false
        }
        do throws(HistoryError) {
            // The minute before goes into the file that knows its numbers.
            try Self.flush(&coarse)
            try rotate(at: now, isFineOver: batch.missing.hasLastWindow)
            let isWhole = fineEncoder.encode(batch, cgroups: cgroups, plans: plans, to: &fine.builder)
            for line in batch.lines { coarse.builder.append(line: line, batch.timeNanoseconds) }
            if batch.endsMinute { endMinute() }
            try Self.flush(&fine)
            try Self.flush(&coarse)
            if isFailing {
                isFailing = false
                logger.notice("\(store.directory): history is kept again")
            }
            return isWhole
        } catch {
            failed(error, now)
            if batch.endsMinute { sums.removeAll() }
            return false
        }
    }

    /// The last minute, as far as it came, and all files closed.
    func end() {
        if !sums.isEmpty, coarse.file != nil {
            endMinute()
            do throws(HistoryError) { try Self.flush(&coarse) } catch { logger.error("history: \(error)") }
        }
        for file in [fine.file?.file, coarse.file?.file] { if let file { compress(file) } }
        fine.file = nil
        coarse.file = nil
    }

    // MARK: Who is who

    private func tell(_ missing: HistoryBatch.Missing) {
        guard missing.ticks > 0 else { return }
        let lines = missing.lines > 0 ? ", nor are \(missing.lines) lines of requests and events" : ""
        logger.error(
            "\(store.directory): the disk was late by more than \(HistoryWriter.waitingLimit) ticks: \(missing.ticks) are not in the history\(lines)"
        )
    }

    /// A number goes from one tenant to the next between minutes alone.
    private func note(_ batch: HistoryBatch) {
        for (number, slot, cgroup) in batch.cgroups {
            while cgroups.count <= number {
                cgroups.append(nil)
                slots.append(0)
            }
            coarseEncoder.forget(number)
            cgroups[number] = cgroup
            slots[number] = slot
        }
    }

    // MARK: Files

    /// - Parameter isFineOver: cgroups have ended that the file of windows says are there: the next knows none.
    private func rotate(at now: Int64, isFineOver: Bool) throws(HistoryError) {
        if isFineOver || isFull(fine.file, now) {
            try replace(\.fine, .fine, now)
            fineEncoder = FineEncoder()
            trim(now)
        }
        if isFull(coarse.file, now) {
            try replace(\.coarse, .coarse, now)
            coarseEncoder = CoarseEncoder()
        }
    }

    /// There is none, or it is time for the next; a clock that was set back begins one too.
    private func isFull(_ writer: HistoryFileWriter?, _ now: Int64) -> Bool {
        guard let writer else { return true }
        let age = now - writer.file.startMilliseconds
        return writer.byteCount >= fileBytes || age < 0 || age >= writer.file.tier.fileMilliseconds
    }

    private func replace(
        _ tier: ReferenceWritableKeyPath<HistoryArchive, Tier>, _ kind: HistoryTier, _ now: Int64
    ) throws(HistoryError) {
        let old = self[keyPath: tier].file?.file
        self[keyPath: tier] = Tier()
        if let old { compress(old) }
        self[keyPath: tier].file = try HistoryFileWriter(kind, at: now, in: store.directory, header: header)
    }

    private func compress(_ file: HistoryFile) {
        do throws(HistoryError) { _ = try store.close(file) } catch { logger.error("history: \(error)") }
    }

    private func trim(_ now: Int64) {
        var open: Set<String> = []
        if let file = fine.file?.file { open.insert(file.name) }
        if let file = coarse.file?.file { open.insert(file.name) }
        do throws(HistoryError) { _ = try store.trim(now: now, open: open) } catch { logger.error("history: \(error)") }
    }

    private static func flush(_ tier: inout Tier) throws(HistoryError) {
        guard !tier.builder.isEmpty else { return }
        defer { tier.builder.removeAll() }
        try tier.file?.append(tier.builder.bytes)
    }

    /// What is in a file before the error stays; the next begins anew.
    private func failed(_ error: HistoryError, _ now: Int64) {
        if !isFailing { logger.error("no history: \(error); it is tried again every \(Self.pauseMilliseconds / 1000) s") }
        isFailing = true
        pausedUntil = now + Self.pauseMilliseconds
        fine.file = nil
        coarse.file = nil
        fine.builder.removeAll()
        coarse.builder.removeAll()
        trim(now)
    }

    // MARK: Minutes

    /// The minute before, into the file that is open, or, after a failure, into one that begins with it.
    /// - Returns: false when there can be none.
    private func endMinuteBefore(_ now: Int64) -> Bool {
        do throws(HistoryError) {
            if coarse.file == nil, !sums.isEmpty {
                try replace(\.coarse, .coarse, Int64(sums.endNanoseconds / 1_000_000))
                coarseEncoder = CoarseEncoder()
            }
            endMinute()
            return true
        } catch {
            failed(error, now)
            sums.removeAll()
            return false
        }
    }

    private func endMinute() {
        guard !sums.isEmpty else { return }
        defer { sums.removeAll() }
        coarseEncoder.encode(
            sums, cgroups: cgroups, plans: plans, forecasts: { self.forecasts(of: $0, to: &$1) }, to: &coarse.builder)
        for line in sums.planLines where !line.isEmpty { coarse.builder.append(line: line, sums.endNanoseconds) }
    }

    /// Of the table as it is now, a moment after the tick; none where the slot has another tenant already.
    private func forecasts(of index: Int, to minute: inout HistoryMinute) {
        let place = slots[index]
        guard place < table.slotCount, let slot = table.slot(place), slot.cgroup_id == cgroups[index]?.cgroupID
        else { return }
        let quantiles = min(header.quantiles.count, Int(HR_TABLE_QUANTILES))
        let longest = min(header.horizonsNanoseconds.count, Int(HR_TABLE_HORIZONS)) - 1
        let kept = longest > 0 ? WindowHistory.nearest(to: 0.95, of: header.quantiles) : nil
        unsafe withUnsafeBytes(of: slot.forecast) { raw in
            let cells = unsafe raw.bindMemory(to: Double.self)
            func value(_ resource: Resource, _ horizon: Int, _ quantile: Int) -> Double? {
                guard let place = TableLayout.forecastPlace(resource, horizon, quantile) else { return nil }
                let value = unsafe cells[place]
                return value >= 0 ? value : nil
            }
            for resource in Resource.measured {
                let index = Int(resource.rawValue)
                let values = (0..<quantiles).compactMap { value(resource, 0, $0) }
                if values.count == quantiles { minute.forecasts[index] = values }
                if let kept, index < minute.longForecasts.count {
                    minute.longForecasts[index] = value(resource, longest, kept)
                }
            }
        }
    }
}

extension ByteBuilder {
    fileprivate mutating func append(line: [UInt8], _ timeNanoseconds: UInt64) {
        frame(.line) { frame in
            frame.append(timeNanoseconds)
            frame.append(raw: line)
        }
    }
}
