import Agent
import Aggregates
import HeadroomABI
import TestSupport

/// Ten minutes of a synthetic pool, one window a second, through the engine: and how often the
/// 0.95 quantile, as it was issued, covered what then came.
///
/// Out of sample: each forecast of the root that was issued after the warm-up is compared with
/// the maximum of the root's windows within its own lead time, taken from the windows here.
struct PoolRun {
    struct Key: Hashable {
        let resource: Resource
        let horizonSeconds: Int64
    }

    struct Score {
        var covered = 0
        var judged = 0
    }

    static let seeds: ClosedRange<UInt64> = 1...8
    static let horizonsSeconds: [Int64] = [5, 10]
    static let resources: [Resource] = [.cpu, .memory, .networkReceive, .diskWrite]
    static let minutes = 10
    static let warmUpSeconds: UInt64 = 120
    /// One run a seed, made once.
    static let all = Result { try seeds.map { try PoolRun(seed: $0) } }

    private(set) var scores: [Key: Score] = [:]
    /// What the engine itself reported at the end for CPU over the first lead time.
    let reportedCoverage: Double?
    let reportedQuantile: Double?

    private init(seed: UInt64) throws {
        let live = try LiveRun(
            KernelScript(cgroups: 1),
            .small(horizonsSeconds: Self.horizonsSeconds, planned: [.cpu]),
            sink: CapturingSink()
        )
        var load = SyntheticLoad(seed: seed)
        for _ in 0..<Self.minutes * 60 { try live.tick { _ in load.next() } }
        let sink = live.engine.sink
        reportedCoverage = sink.plans.last?.pool.coverage
        reportedQuantile = sink.plans.last?.pool.quantile
        let windows = sink.windows.filter(\.subject.isRoot).map(\.window)
        var position: [UInt64: Int] = [:]
        for (index, window) in windows.enumerated() { position[window.end_ns] = index }
        let first = windows[0].start_ns + Self.warmUpSeconds * 1_000_000_000
        let last = windows[windows.count - 1].end_ns
        for forecast in sink.forecasts where forecast.path == "/" {
            let until = forecast.timeNanoseconds + UInt64(forecast.horizonNanoseconds)
            guard forecast.timeNanoseconds >= first, until <= last else { continue }
            var peak = 0.0
            var index = position[forecast.timeNanoseconds]! + 1
            while index < windows.count, windows[index].end_ns <= until {
                peak = max(peak, windows[index].value(forecast.resource))
                index += 1
            }
            let issued = forecast.values[forecast.quantiles.firstIndex(of: 0.95)!]
            let key = Key(
                resource: forecast.resource,
                horizonSeconds: forecast.horizonNanoseconds / 1_000_000_000
            )
            scores[key, default: Score()].judged += 1
            if peak <= issued { scores[key, default: Score()].covered += 1 }
        }
    }
}

/// What one application uses, second by second: each resource with its own kind of noise.
struct SyntheticLoad {
    private var generator: SeededGenerator
    private var drift = 0.0

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func next() -> KernelScript.Usage {
        var usage = KernelScript.Usage()
        // Independent noise around a level.
        usage.cores = max(0, 2 + 0.4 * generator.normal())
        // A walk that returns to its level, with a little noise.
        drift = 0.9 * drift + 0.3 * generator.normal()
        usage.memoryBytes = max(0, 4 + drift + 0.2 * generator.normal()) * 1e8
        // Skewed: now and then several times the usual.
        let burst = generator.normal()
        usage.receivedBytesPerSecond = (1 + 0.3 * burst * burst) * 1e6
        // Quiet half of the time.
        usage.writtenBytesPerSecond =
            Bool.random(using: &generator) ? 0 : Double.random(in: 1e5...2e5, using: &generator)
        return usage
    }
}
