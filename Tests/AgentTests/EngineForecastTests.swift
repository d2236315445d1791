import Aggregates
import HeadroomABI
import Planner
import TestSupport
import Testing

@testable import Agent

/// Forecasts as they leave the engine, judged by what came later.
@Suite struct EngineForecastTests {
    /// A step of load after two minutes, seen second by second.
    @Test(arguments: [(0.5, 2.0), (1.0, 4.0), (0.1, 1.5), (4.0, 8.0)], [0.0, 0.02])
    func stepIsCoveredWithinThirtySeconds(levels: (Double, Double), deviation: Double) throws {
        var generator = SeededGenerator(seed: 11)
        let live = try LiveRun(KernelScript(cgroups: 1), .small(), sink: CapturingSink())
        let step = 120
        for tick in 0..<240 {
            let level = tick < step ? levels.0 : levels.1
            let value = level * (1 + deviation * generator.normal())
            try live.tick { _ in .init(cores: max(0, value)) }
        }
        // The first window at the new level ends with tick `step`; ticks are a second apart.
        let start = UInt64(KernelScript.unixOffset) + 101_000_000_000 + UInt64(step) * 1_000_000_000
        for path in ["/", "/app0"] {
            let issued = live.engine.sink.forecasts.filter {
                $0.path == path && $0.resource == .cpu && $0.horizonNanoseconds == 60_000_000_000
                    && $0.timeNanoseconds >= start
            }
            #expect(issued.count == 240 - step)
            let late = issued.filter { $0.timeNanoseconds >= start + 30_000_000_000 }
            #expect(late.count == 240 - step - 30)
            let quantile = try #require(issued[0].quantiles.firstIndex(of: 0.95))
            let short = late.filter { $0.values[quantile] < levels.1 }
            #expect(
                short.isEmpty,
                "\(path): \(short.count) of \(late.count) below \(levels.1), first \(short.first?.values[quantile] ?? 0)"
            )
        }
    }

    /// One seed's chance moves a run's share by about a point; the bias must not.
    @Test(arguments: PoolRun.seeds)
    func ninetyFiveIsCoveredNinetyThreeToNinetySevenTimesInAHundredOfTenMinutes(seed: UInt64) throws {
        let run = try PoolRun.all.get()[Int(seed - 1)]
        let covered = run.scores.values.reduce(0) { $0 + $1.covered }
        let judged = run.scores.values.reduce(0) { $0 + $1.judged }
        let share = Double(covered) / Double(judged)
        #expect(run.scores.count == 8 && judged > 8 * 460)
        #expect((0.93...0.97).contains(share), "\(run.scores)")
    }

    /// Each resource and lead time on its own, all runs together: two points, and two standard
    /// errors of a share that is judged on one independent peak a lead time.
    @Test(arguments: PoolRun.resources, PoolRun.horizonsSeconds)
    func ninetyFiveHasNoLargeBiasForAnyResourceAndLeadTime(
        resource: Resource,
        horizonSeconds: Int64
    ) throws {
        let key = PoolRun.Key(resource: resource, horizonSeconds: horizonSeconds)
        let scores = try PoolRun.all.get().map { $0.scores[key]! }
        let judged = Double(scores.reduce(0) { $0 + $1.judged })
        let share = Double(scores.reduce(0) { $0 + $1.covered }) / judged
        let standardError = (0.95 * 0.05 / (judged / Double(horizonSeconds))).squareRoot()
        #expect((share - 0.95).magnitude < 0.02 + 2 * standardError, "\(share)")
    }

    /// The engine's own record of its pool must say what an outsider counts.
    @Test func coverageThatPlansReportIsNearWhatThisTestCounts() throws {
        for run in try PoolRun.all.get() {
            let key = PoolRun.Key(resource: .cpu, horizonSeconds: PoolRun.horizonsSeconds[0])
            let score = run.scores[key]!
            let reported = try #require(run.reportedCoverage)
            #expect(run.reportedQuantile == 0.95)
            // It counts from the start and one forecast a block; the test all after the warm-up.
            #expect((reported - Double(score.covered) / Double(score.judged)).magnitude < 0.04)
        }
    }
}
