import Forecast
import Testing

@Suite struct StepLoadTests {
    /// 0.1 cores for five minutes, then 2.0, sampled each second, with 2 % noise or none: a
    /// series at rest, whose forecasts are not computed anew, has to wake up too.
    @Test(arguments: [1, 2, 3] as [UInt64], [0, 0.02])
    func theNewLevelIsCoveredWithinThreeSeconds(seed: UInt64, noise: Double) throws {
        var random = Randomness(seed: seed)
        var forecaster = Scenario.forecaster([60, 300], ForecastConfiguration.standardQuantiles)
        var uncovered: [Int] = []
        for index in 0..<600 {
            let level = index < 300 ? 0.1 : 2.0
            forecaster.observe(
                Observation(
                    timeNanoseconds: Scenario.start + Int64(index) * Scenario.second,
                    value: level * (1 + noise * random.gaussian())
                )
            )
            let forecast = try #require(forecaster.forecast(horizon: 0, quantile: 2))
            if index >= 303 && forecast < 0.999_999 * level { uncovered.append(index - 300) }
        }
        #expect(uncovered.isEmpty, "uncovered seconds after the step: \(uncovered)")
    }

    /// Level and noise change by `factor` after 600 labels; each sample is a label, as traces of
    /// five minutes have them. Over 20 runs, coverage of the 0.95 quantile has to be within two
    /// points again from the 200th sample after the shift on.
    @Test(arguments: [3, 1.0 / 3, 1.5, 0.5])
    func afterAShiftCoverageIsBackWithinTwoHundredSamples(factor: Double) throws {
        var covered = 0
        var scored = 0
        for seed in 1...20 as ClosedRange<UInt64> {
            var random = Randomness(seed: seed)
            var forecaster = Scenario.forecaster([300], [0.9, 0.95, 0.99])
            var wave = 0.0
            var said: Double?
            for index in 0..<1_000 {
                wave = 0.8 * wave + 0.05 * random.gaussian()
                let level = index < 600 ? 1 : factor
                let value = max(0, level * (1 + wave + 0.05 * random.gaussian()))
                if let said, index >= 800 {
                    scored += 1
                    covered += value <= said ? 1 : 0
                }
                let time = Scenario.start + Int64(index) * 300 * Scenario.second
                forecaster.observe(Observation(timeNanoseconds: time, value: value))
                said = forecaster.forecast(horizon: 0, quantile: 1)
            }
        }
        let coverage = Double(covered) / Double(scored)
        #expect((0.93...0.97).contains(coverage), "coverage \(coverage)")
    }
}
