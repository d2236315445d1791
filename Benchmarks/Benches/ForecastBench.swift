internal import BenchSupport
internal import Forecast

/// A forecaster's time a sample, for two lead times and four quantiles, and its memory.
enum ForecastBench {
    static let name = "forecast"

    static func run(_ context: BenchContext) {
        let configuration = ForecastConfiguration(
            horizonsNanoseconds: [60_000_000_000, 300_000_000_000],
            quantiles: ForecastConfiguration.standardQuantiles
        )
        let before = benchHeapBytes()
        var series = (0..<1000).map { _ in SeriesForecaster(configuration: configuration) }
        let bytes = Double(benchHeapBytes() - before) / Double(series.count)

        // An hour of one-second samples first, so that every expert is awake.
        var demand = Demand()
        var time: Int64 = 1_700_000_000_000_000_000
        for _ in 0..<(context.quick ? 200 : 600) {
            time += 1_000_000_000
            let value = demand.next()
            for index in series.indices {
                series[index].observe(Observation(timeNanoseconds: time, value: value))
            }
        }
        let cells = 8.0
        var hot: [Double] = []
        var cold: [Double] = []
        var sum = 0.0
        var hotTime = time
        for _ in 0..<context.rounds(21, quick: 7) {
            let hotStart = Clock.thread()
            for _ in 0..<2000 {
                hotTime += 1_000_000_000
                series[0].observe(Observation(timeNanoseconds: hotTime, value: demand.next()))
                sum += peak(series[0])
            }
            hot.append(Double(Clock.thread() - hotStart) / 2000 / cells)
            let coldStart = Clock.thread()
            for _ in 0..<2 {
                time += 1_000_000_000
                let value = demand.next()
                for index in 1..<series.count {
                    series[index].observe(Observation(timeNanoseconds: time, value: value))
                    sum += peak(series[index])
                }
            }
            cold.append(Double(Clock.thread() - coldStart) / 2 / Double(series.count - 1) / cells)
        }
        precondition(sum.isFinite, "forecasts must be finite")
        context.report.add(
            Figure(
                name,
                "a sample, one series again and again",
                unit: "ns/q·lead",
                Spread(hot),
                target: 50,
                note: "of 8: 2 lead times and 4 quantiles"
            )
        )
        context.report.add(
            Figure(
                name,
                "a sample, 1000 series in turn",
                unit: "ns/q·lead",
                Spread(cold),
                target: 50
            )
        )
        context.report.add(
            Figure(
                name,
                "state of a series",
                unit: "bytes",
                Spread(exactly: bytes),
                target: 4096
            )
        )
    }

    /// Reads every forecast.
    private static func peak(_ series: borrowing SeriesForecaster) -> Double {
        var sum = 0.0
        for horizon in 0..<2 {
            for quantile in 0..<4 {
                sum += series.forecast(horizon: horizon, quantile: quantile) ?? 0
            }
        }
        return sum
    }
}

/// Demand that drifts and bursts, the same in every run.
struct Demand {
    private var state: UInt64 = 42
    private var level = 1.0

    mutating func next() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let noise = Double(state >> 40) / Double(1 << 24)
        level += 0.02 * (1 + noise - level)
        return level * (noise > 0.98 ? 4 : 0.5 + noise)
    }
}
