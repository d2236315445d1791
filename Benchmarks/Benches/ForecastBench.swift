internal import BenchSupport
internal import Forecast

/// A forecaster's time a sample, for two lead times and four quantiles, and its memory.
enum ForecastBench {
    static let name = "forecast"

    private static let second: Int64 = 1_000_000_000
    /// Forecasts a sample: two lead times times four quantiles.
    private static let cells = 8.0

    static func run(_ context: BenchContext) {
        var live = [
            Group(count: 1, leads: [60, 300], step: 1, isAtRest: false),
            Group(count: 1000, leads: [60, 300], step: 1, isAtRest: false),
            Group(count: 1000, leads: [60, 300], step: 1, isAtRest: true),
            Group(count: 1, leads: [300, 900], step: 60, isAtRest: false),
        ]
        if !context.quick {
            live.append(Group(count: 6000, leads: [60, 300], step: 1, isAtRest: false))
        }
        let titles = [
            "a sample, one series again and again",
            "a sample, 1000 series in turn",
            "a sample, 1000 series at rest in turn",
            "a sample that completes a label at both leads",
            "a sample, 6000 series in turn",
        ]
        var times = live.map { _ in [Double]() }
        for _ in 0..<context.rounds(21, quick: 7) {
            for index in live.indices { times[index].append(live[index].round() / cells) }
        }
        for index in live.indices {
            context.report.add(
                Figure(
                    name,
                    titles[index],
                    unit: "ns/q·lead",
                    Spread(times[index]),
                    target: 50,
                    note: "of 8: 2 lead times and 4 quantiles, read too"
                )
            )
        }
        context.report.add(
            Figure(
                name,
                "state of a series",
                unit: "bytes",
                Spread(exactly: live[1].bytes),
                target: 4096
            )
        )
    }

    /// Series that are sampled together, each tick one sample for every series.
    private struct Group {
        /// Heap of one series, its place in the array included.
        let bytes: Double
        private var series: [SeriesForecaster]
        private var demand = Demand()
        private var tick: Int64 = 0
        private let step: Int64
        private let isAtRest: Bool

        /// Two and a half hours come first, so that the season of the hour is awake; the series
        /// begin up to 50 s apart, so that their labels do not all come in the same tick.
        init(count: Int, leads: [Int64], step: Int64, isAtRest: Bool) {
            let configuration = ForecastConfiguration(
                horizonsNanoseconds: leads.map { $0 * second },
                quantiles: ForecastConfiguration.standardQuantiles
            )
            self.step = step
            self.isAtRest = isAtRest
            let before = benchHeapBytes()
            series = (0..<count).map { _ in SeriesForecaster(configuration: configuration) }
            bytes = Double(benchHeapBytes() - before) / Double(count)
            for warmUp in 0..<900 {
                let value = next(step: max(10, step))
                for index in series.indices where warmUp > 5 || index % 50 < warmUp * 10 {
                    observe(index, value)
                }
            }
            for _ in 0..<50 { _ = observeAll() }
        }

        /// Nanoseconds a sample.
        mutating func round() -> Double {
            let ticks = series.count == 1 ? 2000 : 10
            var sum = 0.0
            let start = Clock.thread()
            for _ in 0..<ticks { sum += observeAll() }
            let elapsed = Clock.thread() - start
            precondition(sum.isFinite, "forecasts must be finite")
            return Double(elapsed) / Double(ticks) / Double(series.count)
        }

        private mutating func observeAll() -> Double {
            let value = next(step: step)
            var sum = 0.0
            for index in series.indices {
                observe(index, value)
                sum += peak(series[index])
            }
            return sum
        }

        private mutating func observe(_ index: Int, _ value: Double) {
            let time = (1_700_000_000 + tick) * second + Int64(index % 997) * 1_000_003
            series[index].observe(Observation(timeNanoseconds: time, value: value))
        }

        private mutating func next(step: Int64) -> Double {
            tick += step
            return isAtRest ? 0.25 : demand.next()
        }

        /// Reads every forecast.
        private func peak(_ series: borrowing SeriesForecaster) -> Double {
            var sum = 0.0
            for horizon in 0..<2 {
                for quantile in 0..<4 {
                    sum += series.forecast(horizon: horizon, quantile: quantile) ?? 0
                }
            }
            return sum
        }
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
