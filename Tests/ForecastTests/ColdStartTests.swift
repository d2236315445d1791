import Forecast
import Testing

/// What is said before anything was learned: sampled each second, at leads of 60 and 300 s.
@Suite struct ColdStartTests {
    /// Memory of a process that starts: from 50 MB to 243 MB in ten seconds, then steady.
    @Test func startingUpLeavesNoWideQuantilesBehind() throws {
        let demand: (Int) -> Double = { min(243, 50 + 19.3 * Double($0)) }
        try run(seconds: 900, demand) { second, value, said in
            guard second >= 10 else { return }
            #expect(said[2] <= 1.5 * value, "0.95 quantile \(said[2]) after \(second) s")
        }
    }

    @Test func aConstantSeriesHasAMarginNotAMultiple() throws {
        let demand: (Int) -> Double = { _ in 243e6 }
        try run(seconds: 900, demand) { second, value, said in
            #expect(said[0] >= 0.99 * value, "median \(said[0]) after \(second) s")
            #expect(said[0] <= 1.1 * value, "median \(said[0]) after \(second) s")
            #expect(said[2] <= 1.25 * value, "0.95 quantile \(said[2]) after \(second) s")
            #expect(said[3] <= 1.4 * value, "0.99 quantile \(said[3]) after \(second) s")
        }
    }

    /// The peak of what comes is hardly below what is there, as far as one knows by then.
    @Test(arguments: [0, 0.05, 0.3])
    func untilTheFirstLabelNothingFromTheMedianUpIsBelowThePresent(noise: Double) throws {
        var random = Randomness(seed: 4)
        let demand = { (second: Int) in
            max(0, (100 + 2 * Double(second)) * (1 + noise * random.gaussian()))
        }
        try run(seconds: 60, demand) { second, value, said in
            #expect(said[0] >= 0.999_999 * value, "median \(said[0]) of \(value) at \(second) s")
        }
    }

    /// Feeds `demand` second by second; `check` gets the second, the demand and the quantiles.
    private func run(
        seconds: Int,
        _ demand: (Int) -> Double,
        check: (Int, Double, [Double]) -> Void
    ) throws {
        var forecaster = Scenario.forecaster([60, 300], ForecastConfiguration.standardQuantiles)
        for second in 0..<seconds {
            let value = demand(second)
            let time = Scenario.start + Int64(second) * Scenario.second
            forecaster.observe(Observation(timeNanoseconds: time, value: value))
            for horizon in 0..<2 {
                let said = try (0..<4).map {
                    try #require(forecaster.forecast(horizon: horizon, quantile: $0))
                }
                check(second, value, said)
            }
        }
    }
}
