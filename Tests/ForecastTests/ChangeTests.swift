import Forecast
import Testing

/// What a restart, a deploy and an OOM kill change, and what they leave alone.
@Suite struct ChangeTests {
    private static let lead = 300 * Scenario.second

    /// Memory of 2 GB for a day, then a restart at 200 MB.
    @Test func memoryAfterARestartDoesNotInheritTheOldLevel() throws {
        var told = forecaster(level: 2e9, samples: 1_500)
        var untold = told
        told.note(.restart(keepsSeasons: false))
        for index in 1_500..<1_503 {
            observe(&told, index, 2e8)
            observe(&untold, index, 2e8)
        }
        let said = try #require(told.forecast(horizon: 0, quantile: 1))
        #expect(said < 4e8, "0.95 quantile \(said) at 200 MB")
        #expect(said >= 2e8)
        let without = try #require(untold.forecast(horizon: 0, quantile: 1))
        #expect(without > said)
    }

    /// CPU comes back as it was: the season and the record are kept.
    @Test func aRestartKeepsTheRecordAndTheSeason() throws {
        var series = Scenario.forecaster([300], [0.5, 0.95])
        for index in 0..<2_900 { observe(&series, index, busy(index)) }
        let before = series.calibration(horizon: 0, quantile: 1)
        var forgetful = series
        series.note(.restart(keepsSeasons: true))
        forgetful.note(.restart(keepsSeasons: false))
        #expect(series.calibration(horizon: 0, quantile: 1) == before)
        // Two minutes before the busy ones of the third day.
        for index in 2_900..<2_998 {
            observe(&series, index, busy(index))
            observe(&forgetful, index, busy(index))
        }
        let said = try #require(series.forecast(horizon: 0, quantile: 1))
        let without = try #require(forgetful.forecast(horizon: 0, quantile: 1))
        #expect(said > 1.25 && said > 1.1 * without, "\(said), \(without) before the rise to 4")
    }

    @Test func aDeployWidensNothingAtOnce() throws {
        var series = forecaster(level: 1, samples: 1_500)
        let before = try #require(series.forecast(horizon: 0, quantile: 1))
        series.note(.deploy)
        #expect(series.forecast(horizon: 0, quantile: 1) == before)
    }

    /// After a deploy to half the noise, widths follow faster with a note than without.
    @Test func aDeployLetsWidthsBeLearnedAnew() throws {
        var told = forecaster(level: 1, samples: 3_000)
        var untold = told
        told.note(.deploy)
        var random = Randomness(seed: 5)
        for index in 3_000..<3_120 {
            let value = 1 + 0.005 * random.gaussian()
            observe(&told, index, value)
            observe(&untold, index, value)
        }
        let quick = try #require(told.forecast(horizon: 0, quantile: 1))
        let slow = try #require(untold.forecast(horizon: 0, quantile: 1))
        #expect(quick < slow)
    }

    /// A limit of 1.2 that no sample shows: the label of the waiting forecasts is above it.
    @Test func anOutOfMemoryKillIsAPeakAboveTheLimit() throws {
        var told = forecaster(level: 1, samples: 1_500)
        var untold = told
        told.note(.outOfMemory(limit: 1.2))
        for index in 1_500..<1_510 {
            observe(&told, index, 1)
            observe(&untold, index, 1)
        }
        let raised = try #require(told.forecast(horizon: 0, quantile: 1))
        let plain = try #require(untold.forecast(horizon: 0, quantile: 1))
        #expect(raised > plain)
        let covered = told.calibration(horizon: 0, quantile: 1).coveredFraction
        #expect(covered < untold.calibration(horizon: 0, quantile: 1).coveredFraction)
    }

    @Test(arguments: [0, -1, .nan, .infinity, 1e300] as [Double])
    func aLimitThatIsNoneChangesNothingOrStaysFinite(limit: Double) throws {
        var series = forecaster(level: 1, samples: 200)
        series.note(.outOfMemory(limit: limit))
        for index in 200..<220 { observe(&series, index, 1) }
        let said = try #require(series.forecast(horizon: 0, quantile: 1))
        #expect(said.isFinite && said >= 0)
    }

    @Test func aNoteToACopyLeavesTheOriginalAlone() {
        var first = forecaster(level: 1, samples: 100)
        var second = first
        second.note(.restart(keepsSeasons: false))
        for index in 100..<110 {
            observe(&first, index, 5)
            observe(&second, index, 5)
        }
        #expect(first.forecast(horizon: 0, quantile: 1) != second.forecast(horizon: 0, quantile: 1))
    }

    /// Minute by minute, with 2 % noise.
    private func forecaster(level: Double, samples: Int) -> SeriesForecaster {
        var random = Randomness(seed: 3)
        var series = Scenario.forecaster([300], [0.5, 0.95])
        for index in 0..<samples {
            observe(&series, index, level * (1 + 0.02 * random.gaussian()))
        }
        return series
    }

    /// 1 core, and 4 in the hour after noon of the days since the scenario's start.
    private func busy(_ index: Int) -> Double { (120..<180).contains(index % 1_440) ? 4 : 1 }

    private func observe(_ series: inout SeriesForecaster, _ index: Int, _ value: Double) {
        let time = Scenario.start + Int64(index) * 60 * Scenario.second
        series.observe(Observation(timeNanoseconds: time, value: value))
    }
}
