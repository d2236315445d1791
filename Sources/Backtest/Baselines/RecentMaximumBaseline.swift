/// The maximum of the last hour, in 60 one-minute blocks: Autopilot's "max" recommender with a
/// short memory.
package struct RecentMaximumBaseline: BaselineForecaster {
    private static let blockSeconds: Int64 = 60

    package let name = "autopilot-max"
    private var maxima = InlineArray<60, Double>(repeating: 0)
    /// Minute since the epoch that each block belongs to.
    private var minutes = InlineArray<60, Int64>(repeating: .min)
    private var newestMinute: Int64 = 0

    package init() {}

    package mutating func observe(timeSeconds: Int64, value: Double) {
        let minute = (timeSeconds - Self.phase(timeSeconds)) / Self.blockSeconds
        let block = Int((minute % 60 + 60) % 60)
        maxima[block] = minutes[block] == minute ? max(maxima[block], value) : value
        minutes[block] = minute
        newestMinute = minute
    }

    package func forecast(quantile: Double) -> Double {
        var maximum = 0.0
        for block in maxima.indices where minutes[block] > newestMinute - 60 {
            maximum = max(maximum, maxima[block])
        }
        return maximum
    }

    private static func phase(_ seconds: Int64) -> Int64 {
        let phase = seconds % blockSeconds
        return phase < 0 ? phase + blockSeconds : phase
    }
}
