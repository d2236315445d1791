/// Forecasts quantiles of the peak of one series within each lead time, learning from every
/// sample.
///
/// Pure: time comes in with the samples, and equal samples give equal bits. O(1) per sample,
/// nothing is allocated after `init`, except when a copy and its original part. A value type:
/// the owner serialises access.
package struct SeriesForecaster: @unchecked Sendable {
    /// Written only while no other value shares it, hence `Sendable`.
    private(set) var storage: SeriesStorage

    package init(configuration: ForecastConfiguration) {
        storage = SeriesStorage.make(configuration)
    }

    /// `storage` must not be shared.
    init(storage: SeriesStorage) { self.storage = storage }

    package var configuration: ForecastConfiguration { storage.header.configuration }

    /// Observations that were refused.
    package var rejected: RejectedObservations { storage.header.state.rejected }

    /// Feeds back the gap between what was predicted and what came, then learns the sample.
    ///
    /// A value that cannot be used is counted in `rejected` and changes nothing else. A time that lies more than ten seconds and
    /// two steps back is a clock that was set back: time goes on from there, and forecasts that wait for their label are
    /// dropped. A value 1e15 times the first one begins the series anew.
    package mutating func observe(_ observation: Observation) {
        if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
        let records = unsafe storage.records
        if unsafe records.header.pointee.state.isUnusual(observation) { makeRoom(for: observation) }
        guard let tick = unsafe records.header.pointee.state.accept(observation) else { return }
        unsafe records.header.pointee.state.addToSeasons(tick, records.seasons)
        var hasIssued = false
        // The peak of a longer time is not lower: neither is what is said of it.
        var shorter: UnsafeMutablePointer<QuantileForecaster>?
        for place in unsafe 0..<records.leadCount {
            let horizon = unsafe records.header.pointee.configuration.shortestFirst[place]
            var quantiles = unsafe records.quantiles(of: horizon).mutableSpan
            var learners = unsafe records.learners(of: horizon).mutableSpan
            hasIssued = unsafe records.horizons[horizon].observe(
                tick,
                levels: records.header.pointee.configuration.quantiles.span,
                seasons: records.seasons,
                pending: records.pending + horizon,
                shorter: shorter,
                mustIssue: hasIssued,
                quantiles: &quantiles,
                learners: &learners
            )
            unsafe shorter = records.quantiles(of: horizon).baseAddress
        }
        withExtendedLifetime(storage) {}
    }

    @inline(never)
    private func makeRoom(for observation: Observation) {
        let records = unsafe storage.records
        switch unsafe records.header.pointee.state.place(observation) {
        case .usual: break
        case .outgrown: storage.forget()
        case .setBack:
            unsafe records.header.pointee.state.setBack(to: observation.timeNanoseconds)
            for horizon in unsafe 0..<records.leadCount { unsafe records.horizons[horizon].dropWaiting() }
            // Its time is in its place now.
            makeRoom(for: observation)
        }
        withExtendedLifetime(storage) {}
    }

    /// Takes note of something that happened to the application between two samples.
    package mutating func note(_ change: Change) {
        if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
        let records = unsafe storage.records
        switch change {
        case .restart(let keepsSeasons):
            unsafe records.header.pointee.state.beginAnew()
            guard !keepsSeasons else { break }
            unsafe records.header.pointee.state.dropSeasons()
            unsafe records.seasons.pointee = Seasons()
            for horizon in unsafe 0..<records.leadCount {
                unsafe records.horizons[horizon].askSeasonsAgain()
            }
        case .deploy:
            for horizon in unsafe 0..<records.leadCount {
                unsafe records.horizons[horizon].relearnWidths()
            }
        case .outOfMemory(let limit):
            let demand = unsafe records.header.pointee.state.demand(above: limit)
            for horizon in unsafe 0..<records.leadCount {
                unsafe records.horizons[horizon].raiseLabels(to: demand)
            }
        }
        withExtendedLifetime(storage) {}
    }

    /// Quantile of the maximum over (t, t + horizon], t being the last sample's time; `nil`
    /// before the first one. Never negative; grows with the quantile. O(1): a look-up.
    package func forecast(horizon: Int, quantile: Int) -> Double? {
        let records = unsafe storage.records
        defer { withExtendedLifetime(storage) {} }
        let index = unsafe Self.index(records, horizon, quantile)
        guard unsafe records.header.pointee.state.hasStarted else { return nil }
        return unsafe Double(records.quantiles[index].issued) * records.header.pointee.state.unit
    }

    /// How this quantile has done so far.
    package func calibration(horizon: Int, quantile: Int) -> Calibration {
        let records = unsafe storage.records
        defer { withExtendedLifetime(storage) {} }
        let index = unsafe Self.index(records, horizon, quantile)
        let scale = unsafe records.header.pointee.state.scale
        return unsafe records.learners[index].calibration(
            labels: records.horizons[horizon].maturedLabels,
            scale: scale > 0 ? scale : 1
        )
    }

    /// Bytes that one series takes: this value and what it points to, except the configuration,
    /// which all series share.
    package static func stateByteCount(_ configuration: ForecastConfiguration) -> Int {
        MemoryLayout<Self>.stride
            + SeriesStorage.byteCount(
                leads: configuration.horizonsNanoseconds.count,
                quantiles: configuration.quantiles.count
            )
    }

    @inline(__always)
    static func index(
        _ records: SeriesStorage.Records,
        _ horizon: Int,
        _ quantile: Int
    ) -> Int {
        let leads = unsafe records.leadCount
        let count = unsafe records.quantileCount
        precondition((0..<leads).contains(horizon), "horizon \(horizon) of \(leads)")
        precondition((0..<count).contains(quantile), "quantile \(quantile) of \(count)")
        return horizon * count + quantile
    }
}
