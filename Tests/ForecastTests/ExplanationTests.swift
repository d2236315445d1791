import Forecast
import Testing

@Suite struct ExplanationTests {
    /// Five-minute samples with three levels a day.
    private static func daily(days: Int) -> SeriesForecaster {
        var random = Randomness(seed: 7)
        var forecaster = Scenario.forecaster([300, 900], ForecastConfiguration.standardQuantiles)
        for index in 0..<(288 * days) {
            let hour = Double(index % 288) / 12
            let wave = hour < 8 ? 1 : hour < 18 ? 9 : 3.0
            forecaster.observe(
                Observation(
                    timeNanoseconds: Scenario.start + Int64(index) * 300 * Scenario.second,
                    value: wave + 0.2 * random.gaussian()
                )
            )
        }
        return forecaster
    }

    @Test func nothingIsExplainedBeforeTheFirstSample() {
        let forecaster = Scenario.forecaster([300], [0.9])
        #expect(forecaster.explanation(horizon: 0, quantile: 0) == nil)
    }

    @Test(arguments: 0..<2, 0..<4)
    func theExpertsPartsSumToTheForecast(horizon: Int, quantile: Int) throws {
        let forecaster = Self.daily(days: 5)
        let told = try #require(forecaster.explanation(horizon: horizon, quantile: quantile))
        #expect(told.experts.count == 16)
        #expect(Set(told.experts.map(\.name)).count == 16)
        #expect(abs(told.experts.reduce(0) { $0 + $1.weight } - 1) < 0.02)
        #expect(zip(told.experts, told.experts.dropFirst()).allSatisfy { $0.weight >= $1.weight })
        let mixed = told.experts.reduce(told.conformalShift) {
            $0 + $1.weight * ($1.forecast ?? 0)
        }
        // An expert that would say less than 0 is told as 0; weights are rounded.
        if let lead = told.raisedByLeadNanoseconds {
            #expect(mixed < told.forecast && lead == 300 * Scenario.second && horizon == 1)
            #expect(told.forecast == forecaster.forecast(horizon: 0, quantile: quantile))
        } else {
            #expect(abs(mixed - told.forecast) < 0.1 * told.forecast)
        }
        #expect(told.forecast == forecaster.forecast(horizon: horizon, quantile: quantile))
    }

    @Test func aDailyLoadShowsItsSeasonAndAStationaryOneNone() throws {
        let told = try #require(Self.daily(days: 6).explanation(horizon: 1, quantile: 2))
        let season = try #require(told.seasons.first { $0.periodSeconds == 86_400 })
        #expect(season.isSeen && season.strength > 0.2)
        #expect(told.isWarm && !told.influences.contains(.seasonSeen(periodSeconds: 86_400)))

        let values = Scenario.values(count: 1_500, seed: 3)
        var noise = Scenario.forecaster([300], [0.95])
        for (index, value) in values.enumerated() {
            noise.observe(
                Observation(
                    timeNanoseconds: Scenario.start + Int64(index) * 300 * Scenario.second,
                    value: value
                )
            )
        }
        let flat = try #require(noise.explanation(horizon: 0, quantile: 0))
        #expect(flat.seasons.allSatisfy { $0.strength < 0.2 })
    }

    @Test func aNewSeriesSaysWhatItWaitsFor() throws {
        let told = try #require(Self.daily(days: 1).explanation(horizon: 0, quantile: 3))
        #expect(told.calibration.maturedLabels > 200 && told.isWarm)
        let young = Scenario.forecaster([300], [0.95])
        var series = young
        series.observe(Observation(timeNanoseconds: Scenario.start, value: 1))
        let first = try #require(series.explanation(horizon: 0, quantile: 0))
        #expect(!first.isWarm && first.recentCoverage == nil && first.lastMiss == nil)
        #expect(first.influences.contains(.moreLabels(20)))
        #expect(first.influences.contains(.seasonSeen(periodSeconds: 86_400)))
    }

    /// The miss is told with the time at which it was forecast and with both numbers.
    @Test func theLastMissIsTold() throws {
        var series = Scenario.forecaster([300], [0.95])
        func observe(_ index: Int, _ value: Double) {
            series.observe(
                Observation(
                    timeNanoseconds: Scenario.start + Int64(index) * 300 * Scenario.second,
                    value: value
                )
            )
        }
        for index in 0..<600 { observe(index, index % 2 == 0 ? 10 : 11) }
        let before = try #require(series.explanation(horizon: 0, quantile: 0))
        observe(600, 40)
        let after = try #require(series.explanation(horizon: 0, quantile: 0))
        let miss = try #require(after.lastMiss)
        #expect(miss.issuedSeconds == Scenario.start / Scenario.second + 599 * 300)
        #expect(abs(miss.forecast - before.forecast) < 1e-4 && abs(miss.peak - 40) < 1e-4)
        #expect(after.presentSeconds == miss.issuedSeconds + 300 && after.present == 40)
        let recent = try #require(before.recentCoverage)
        #expect(try #require(after.recentCoverage) < recent)
        let raises = before.influences.contains {
            if case .miss(let raisesBy) = $0 { raisesBy > 0 } else { false }
        }
        #expect(raises)
    }

    /// By the clock as it was then, which is later than now.
    @Test func theLastMissIsToldAfterTheClockWasSetBackToo() throws {
        var series = Scenario.forecaster([300], [0.95])
        func observe(_ second: Int64, _ value: Double) {
            series.observe(Observation(timeNanoseconds: Scenario.start + second * Scenario.second, value: value))
        }
        for index in 0..<600 { observe(Int64(index) * 300, index == 599 ? 40 : 10) }
        let before = try #require(series.explanation(horizon: 0, quantile: 0))
        let miss = try #require(before.lastMiss)
        #expect(miss.issuedSeconds == Scenario.start / Scenario.second + 598 * 300)
        observe(600 * 300 - 86_400, 10)
        let after = try #require(series.explanation(horizon: 0, quantile: 0))
        #expect(after.lastMiss == miss && after.presentSeconds < miss.issuedSeconds)
    }

    /// Equal forecasts, and a guard that holds both, are no raise by the shorter lead time: what the parts come to, and what the
    /// guard holds, has to be lower.
    @Test(arguments: [0, 5.3, 1e9], [1, 60] as [Int64])
    func whatIsSaidToBeRaisedWouldBeLowerByItself(value: Double, step: Int64) throws {
        var series = Scenario.forecaster([60, 300], ForecastConfiguration.standardQuantiles)
        for index in 0..<800 as Range<Int64> {
            // At the end it leaves its range for good.
            let now = value == 0 && index == 0 ? 1 : index >= 795 ? 3 * value : value
            series.observe(
                Observation(timeNanoseconds: Scenario.start + index * step * Scenario.second, value: now))
            guard index > 400 && index % 50 == 0 || index >= 795 else { continue }
            for quantile in 0..<4 {
                let told = try #require(series.explanation(horizon: 1, quantile: quantile))
                guard told.raisedByLeadNanoseconds != nil else { continue }
                // Weights are rounded: they weigh differences from the present.
                let own = told.experts.reduce(told.present + told.conformalShift) {
                    $0 + $1.weight * (($1.forecast ?? told.present) - told.present)
                }
                #expect(own < 0.9999 * told.forecast, "sample \(index), quantile \(quantile)")
                let isHeld = told.influences.contains(.shiftOver) && told.quantile >= 0.75
                #expect(!isHeld || told.forecast > told.present, "sample \(index), quantile \(quantile)")
            }
        }
    }
}
