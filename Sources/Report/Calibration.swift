internal import History

/// How often peaks were within the quantiles that were forecast for them. One thread.
///
/// A forecast that was issued at a minute's end is about the highest window of the minutes up to the lead time after it;
/// where minutes are missing in between, it is not counted.
struct Calibration {
    /// One quantile's score.
    struct Score: Sendable {
        let quantile: Double
        var covered = 0
        var count = 0

        var share: Double? { count > 0 ? Double(covered) / Double(count) : nil }
    }

    private struct Pending {
        let issued: UInt64
        let quantiles: [Double]
        var peak = 0.0
    }

    private(set) var scores: [Score] = []
    private var pending: [String: [Pending]] = [:]
    private var last: [String: UInt64] = [:]
    private let horizon: UInt64
    /// A minute that is missing.
    private static let gap: UInt64 = 90_000_000_000

    /// - Parameter horizon: that forecasts are about, nanoseconds.
    init(horizon: UInt64, quantiles: [Double]) {
        self.horizon = horizon
        scores = quantiles.map { Score(quantile: $0) }
    }

    /// The series' minute. - Parameter key: which series.
    mutating func add(_ key: String, peak: Double, forecast: [Double], timeNanoseconds time: UInt64) {
        var open = pending[key] ?? []
        if let before = last[key], time > before + Self.gap { open.removeAll() }
        last[key] = time
        for index in open.indices { open[index].peak = max(open[index].peak, peak) }
        // Ends of minutes are some milliseconds apart from whole minutes.
        while let first = open.first, time + 1_000_000_000 >= first.issued + horizon {
            for (index, value) in first.quantiles.enumerated() where index < scores.count {
                scores[index].count += 1
                if first.peak <= value { scores[index].covered += 1 }
            }
            open.removeFirst()
        }
        if forecast.count == scores.count { open.append(Pending(issued: time, quantiles: forecast)) }
        pending[key] = open
    }
}
