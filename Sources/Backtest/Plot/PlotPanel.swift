internal import Aggregates

/// What is drawn of one resource: demand, the quantiles and the misses, by column of the
/// picture. Memory does not grow with the trace.
struct PlotPanel: Sendable {
    static let columnCount = 500

    struct Column: Sendable {
        var demandLow = Double.infinity
        var demandHigh = -Double.infinity
        var low = 0.0
        var middle = 0.0
        var high = 0.0
        var count = 0.0
        /// Highest peak that the middle quantile missed; negative without a miss.
        var miss = -1.0
    }

    let resource: Resource
    let horizonSeconds: Int64
    /// More columns than this between two samples are a gap in the trace, not a line.
    let gapColumns: Int
    private let firstSeconds: Int64
    private let lastSeconds: Int64
    private(set) var columns = [Column](repeating: Column(), count: columnCount)

    init(resource: Resource, horizonSeconds: Int64, summary: TraceSummary) {
        self.resource = resource
        self.horizonSeconds = horizonSeconds
        firstSeconds = summary.firstSeconds
        lastSeconds = summary.lastSeconds
        let span = Double(max(1, lastSeconds - firstSeconds))
        let step = Double(summary.stepSeconds) * Double(Self.columnCount) / span
        gapColumns = 2 + Int(min(3 * step, Double(Self.columnCount)))
    }

    /// A sample, and what was forecast after it.
    mutating func add(timeSeconds: Int64, value: Double, forecasts: [Double]) {
        let index = column(timeSeconds)
        columns[index].demandLow = min(columns[index].demandLow, value)
        columns[index].demandHigh = max(columns[index].demandHigh, value)
        columns[index].low += forecasts[0]
        columns[index].middle += forecasts[forecasts.count / 2]
        columns[index].high += forecasts[forecasts.count - 1]
        columns[index].count += 1
    }

    /// A peak that the middle quantile of the forecast made at `timeSeconds` did not reach.
    mutating func miss(timeSeconds: Int64, peak: Double) {
        let index = column(timeSeconds)
        columns[index].miss = max(columns[index].miss, peak)
    }

    private func column(_ timeSeconds: Int64) -> Int {
        let share = Double(timeSeconds - firstSeconds) / Double(max(1, lastSeconds - firstSeconds))
        return min(Self.columnCount - 1, max(0, Int(share * Double(Self.columnCount))))
    }
}
