internal import History

/// How often peaks were within the quantiles that were forecast for them. One thread.
///
/// A forecast that was issued at a minute's end is about the highest window of the minutes up to the lead time after it,
/// to the nearest minute; where minutes are missing in between, it is not counted, nor one over less than a minute.
struct Calibration {
    /// One quantile's score.
    struct Score: Sendable {
        let quantile: Double
        var covered = 0
        var count = 0

        var share: Double? { count > 0 ? Double(covered) / Double(count) : nil }
    }

    private struct Pending {
        /// End of the time that it is about.
        let until: UInt64
        let quantiles: [Double?]
        var peak = 0.0

        func isRipe(at time: UInt64) -> Bool { until <= time || until - time <= Calibration.slack }
    }

    private(set) var scores: [Score] = []
    private var pending: [String: [Pending]] = [:]
    private var last: [String: UInt64] = [:]
    private let horizon: UInt64
    /// A minute that is missing.
    private static let gap: UInt64 = 90_000_000_000

    /// Half of a minute: how far the end of minutes may be from the end of what a forecast is about.
    private static let slack: UInt64 = 30_000_000_000

    var hasScores: Bool { scores.contains { $0.count > 0 } }

    /// - Parameter horizon: that forecasts are about, nanoseconds.
    init(horizon: UInt64, quantiles: [Double]) {
        self.horizon = horizon
        scores = quantiles.map { Score(quantile: $0) }
    }

    /// The series' minute.
    /// - Parameters:
    ///   - key: which series.
    ///   - forecast: at its end, by quantile; nil for one that was not forecast.
    ///   - horizon: of this forecast; nil: as of all.
    mutating func add(
        _ key: String, peak: Double, forecast: [Double?], horizon own: UInt64? = nil, timeNanoseconds time: UInt64
    ) {
        var open = pending[key] ?? []
        if let before = last[key], time > before, time - before > Self.gap { open.removeAll() }
        last[key] = time
        for index in open.indices { open[index].peak = max(open[index].peak, peak) }
        // Leads that are learned can have become shorter.
        for ripe in open where ripe.isRipe(at: time) {
            for (index, value) in ripe.quantiles.enumerated() {
                guard let value else { continue }
                scores[index].count += 1
                if ripe.peak <= value { scores[index].covered += 1 }
            }
        }
        open.removeAll { $0.isRipe(at: time) }
        let length = own ?? horizon
        if forecast.count == scores.count, length > Self.slack {
            let (until, isBeyond) = time.addingReportingOverflow(length)
            open.append(Pending(until: isBeyond ? .max : until, quantiles: forecast))
        }
        pending[key] = open
    }
}
