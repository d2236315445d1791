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
}
