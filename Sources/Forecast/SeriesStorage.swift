/// The whole state of one series in one allocation, ordered by how often it is touched:
///
///     SeriesState · HorizonForecaster × leads · QuantileForecaster × leads × quantiles    each sample
///     PendingForecasts × leads · QuantileLearner × leads × quantiles                      each label
///     Seasons                                                                             each slot
///
/// So a sample reads one run of about 1 300 bytes, and with thousands of series the caches hold
/// nothing else. Every record is trivial: copying is moving bytes, and freeing needs no
/// `deinit`. The pointers are valid as long as the object lives. Not synchronised: the
/// `SeriesForecaster` that owns it is a value, and copies before it writes to a shared one.
final class SeriesStorage: ManagedBuffer<SeriesStorage.Header, SIMD4<Float>> {
    /// Record counts, and the state that all horizons share.
    struct Header {
        var state = SeriesState()
        let leadCount: UInt16
        let quantileCount: UInt16
        let configuration: ForecastConfiguration
    }

    /// Where each kind of record begins, in units of 16 bytes.
    private struct Layout {
        let quantiles: Int
        let pending: Int
        let learners: Int
        let seasons: Int
        let end: Int

        @inline(__always)
        init(leads: Int, quantiles count: Int) {
            quantiles = leads * Self.units(HorizonForecaster.self)
            pending = quantiles + leads * count * Self.units(QuantileForecaster.self)
            learners = pending + leads * Self.units(PendingForecasts.self)
            seasons = learners + leads * count * Self.units(QuantileLearner.self)
            end = seasons + Self.units(Seasons.self)
        }

        /// Records lie at multiples of their stride, which has to be a multiple of 16 where more
        /// than one follow each other.
        @inline(__always)
        private static func units<Record: BitwiseCopyable>(_: Record.Type) -> Int {
            (MemoryLayout<Record>.stride + 15) / 16
        }
    }

    /// The records of one storage. Borrowed: never kept beyond a call.
    @unsafe struct Records {
        let header: UnsafeMutablePointer<Header>
        let horizons: UnsafeMutablePointer<HorizonForecaster>
        let quantiles: UnsafeMutablePointer<QuantileForecaster>
        let pending: UnsafeMutablePointer<PendingForecasts>
        let learners: UnsafeMutablePointer<QuantileLearner>
        let seasons: UnsafeMutablePointer<Seasons>
        let quantileCount: Int
        let leadCount: Int

        /// The quantiles of one horizon.
        @inline(__always)
        func quantiles(of horizon: Int) -> UnsafeMutableBufferPointer<QuantileForecaster> {
            unsafe UnsafeMutableBufferPointer(
                start: quantiles + horizon * quantileCount,
                count: quantileCount
            )
        }

        /// The learners of one horizon's quantiles.
        @inline(__always)
        func learners(of horizon: Int) -> UnsafeMutableBufferPointer<QuantileLearner> {
            unsafe UnsafeMutableBufferPointer(
                start: learners + horizon * quantileCount,
                count: quantileCount
            )
        }
    }

    /// Bytes of one storage, the object's header included.
    static func byteCount(leads: Int, quantiles: Int) -> Int {
        let object = 16
        return object + (MemoryLayout<Header>.size + 15) / 16 * 16
            + 16 * Layout(leads: leads, quantiles: quantiles).end
    }

    /// A series that has seen nothing.
    static func make(_ configuration: ForecastConfiguration) -> SeriesStorage {
        let storage = make(
            Header(
                leadCount: UInt16(configuration.horizonsNanoseconds.count),
                quantileCount: UInt16(configuration.quantiles.count),
                configuration: configuration
            )
        )
        storage.initializeRecords()
        return storage
    }

    /// Makes it that of a series that has seen nothing, but for what it refused. Allocates nothing.
    func forget() {
        header.state.forget()
        initializeRecords()
    }

    private func initializeRecords() {
        let leads = header.configuration.horizonsNanoseconds
        let levels = header.configuration.quantiles
        let records = unsafe records
        unsafe records.seasons.initialize(to: Seasons())
        for (horizon, lead) in leads.enumerated() {
            unsafe (records.horizons + horizon)
                .initialize(to: HorizonForecaster(horizonNanoseconds: lead))
            unsafe (records.pending + horizon).initialize(to: PendingForecasts())
            unsafe records.learners(of: horizon).initialize(repeating: QuantileLearner())
            for (quantile, level) in levels.enumerated() {
                unsafe (records.quantiles + horizon * levels.count + quantile)
                    .initialize(to: QuantileForecaster(level: level))
            }
        }
        withExtendedLifetime(self) {}
    }

    /// Another storage with the same state.
    func copy() -> SeriesStorage {
        let header = header
        let leads = Int(header.leadCount)
        let quantiles = Int(header.quantileCount)
        let other = Self.make(header)
        unsafe withUnsafeMutablePointerToElements { from in
            unsafe other.withUnsafeMutablePointerToElements { to in
                let bytes = 16 * Layout(leads: leads, quantiles: quantiles).end
                unsafe UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: bytes)
            }
        }
        return other
    }

    /// Where everything is. Whoever uses the pointers keeps the object alive until then.
    @inline(__always)
    var records: Records {
        unsafe withUnsafeMutablePointers { header, elements in
            let leads = unsafe Int(header.pointee.leadCount)
            let count = unsafe Int(header.pointee.quantileCount)
            let layout = Layout(leads: leads, quantiles: count)
            let base = UnsafeMutableRawPointer(elements)
            return unsafe Records(
                header: header,
                horizons: base.assumingMemoryBound(to: HorizonForecaster.self),
                quantiles: (base + 16 * layout.quantiles)
                    .assumingMemoryBound(to: QuantileForecaster.self),
                pending: (base + 16 * layout.pending)
                    .assumingMemoryBound(to: PendingForecasts.self),
                learners: (base + 16 * layout.learners)
                    .assumingMemoryBound(to: QuantileLearner.self),
                seasons: (base + 16 * layout.seasons).assumingMemoryBound(to: Seasons.self),
                quantileCount: count,
                leadCount: leads
            )
        }
    }

    private static func make(_ header: Header) -> SeriesStorage {
        let layout = Layout(
            leads: Int(header.leadCount),
            quantiles: Int(header.quantileCount)
        )
        let buffer = create(minimumCapacity: layout.end) { _ in header }
        // Padding is written to checkpoints: zero, not what the heap held before.
        unsafe buffer.withUnsafeMutablePointerToElements {
            unsafe $0.initialize(repeating: .zero, count: layout.end)
        }
        return unsafe unsafeDowncast(buffer, to: SeriesStorage.self)
    }

    /// Bytes of each kind of record: what a checkpoint's layout is known by.
    static var recordSizes: [Int] {
        [
            MemoryLayout<SeriesState>.size, MemoryLayout<HorizonForecaster>.size,
            MemoryLayout<QuantileForecaster>.size, MemoryLayout<PendingForecasts>.size,
            MemoryLayout<QuantileLearner>.size, MemoryLayout<Seasons>.size,
        ]
    }

    /// Bytes of the records, without the state that all horizons share.
    var recordByteCount: Int {
        16 * Layout(leads: Int(header.leadCount), quantiles: Int(header.quantileCount)).end
    }

    /// The records as bytes. The closure must not keep them.
    func withRecordBytes<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
        let count = recordByteCount
        return unsafe withUnsafeMutablePointerToElements { elements in
            unsafe body(UnsafeMutableRawBufferPointer(start: elements, count: count))
        }
    }

    /// False for a state that no observations lead to.
    var isSound: Bool {
        let records = unsafe records
        defer { withExtendedLifetime(self) {} }
        guard header.state.isSound, unsafe records.seasons.pointee.isSound() else { return false }
        for horizon in unsafe 0..<records.leadCount {
            let lead = header.configuration.horizonsNanoseconds[horizon]
            guard unsafe records.horizons[horizon].isSound(leadNanoseconds: lead),
                unsafe records.pending[horizon].isSound
            else { return false }
            let labels = unsafe records.horizons[horizon].maturedLabels
            guard unsafe records.quantiles(of: horizon).allSatisfy(\.isSound),
                unsafe records.learners(of: horizon).allSatisfy({ $0.isSound(labels: labels) })
            else { return false }
        }
        return true
    }
}
