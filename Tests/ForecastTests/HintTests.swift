import Forecast
import Testing

@Suite struct HintTests {
    /// Wednesday, 15 November 2023, 00:00 UTC.
    private static let midnight: Int64 = 1_700_006_400
    private static let configuration = ForecastConfiguration(
        horizonsNanoseconds: [300 * Scenario.second, 900 * Scenario.second],
        quantiles: [0.5, 0.9, 0.95, 0.99]
    )
    /// "Batch at 02:00 for 40 minutes, 6 cores."
    private static let batch = ScheduledDemand(
        startSecond: 7_200,
        durationSeconds: 2_400,
        amount: 6
    )

    @Test(
        arguments: [
            (7_199, 0, 0), (7_199, 1, 6), (7_200, 0, 6), (9_599, 0, 6), (9_600, 0, 0),
            (6_300, 900, 6), (6_299, 900, 0), (9_600, 86_400, 6),
        ] as [(Int64, Int64, Double)]
    )
    func aScheduleIsWhatItSays(second: Int64, lead: Int64, peak: Double) {
        let schedule = DemandSchedule(entries: [Self.batch])
        #expect(schedule.peak(from: Self.midnight + second, lead: lead) == peak)
    }

    @Test func daysMidnightAndTimeZonesAreMinded() {
        // 23:30 for an hour on Wednesdays only, two hours ahead of UTC.
        let late = ScheduledDemand(
            startSecond: 84_600,
            durationSeconds: 3_600,
            weekdays: 1 << 2,
            amount: 2
        )
        let schedule = DemandSchedule(entries: [late], utcOffsetSeconds: 7_200)
        let start = Self.midnight + 84_600 - 7_200
        #expect(schedule.amount(at: start - 1) == 0)
        #expect(schedule.amount(at: start) == 2)
        #expect(schedule.amount(at: start + 3_599) == 2, "Thursday already")
        #expect(schedule.amount(at: start + 3_600) == 0)
        #expect(schedule.amount(at: start + 86_400) == 0, "not on Thursdays")
        #expect(schedule.amount(at: start + 7 * 86_400) == 2)
        let both = DemandSchedule(entries: [late, late], utcOffsetSeconds: 7_200)
        #expect(both.peak(from: start - 60, lead: 60) == 4, "what overlaps adds up")
    }

    /// One core, and seven from 02:00 to 02:40: the first time, nobody but the hint knows.
    @Test func aRightHintRaisesTheForecastBeforeTheFirstTime() throws {
        var series = HintedForecaster(
            configuration: Self.configuration,
            schedule: DemandSchedule(entries: [Self.batch])
        )
        for minute in 0..<116 { observe(&series, minute, 1) }
        let before = try #require(series.forecast(horizon: 1, quantile: 2))
        #expect(before >= 7, "0.95 quantile \(before) four minutes before seven cores")
        #expect(try #require(series.forecast(horizon: 0, quantile: 2)) >= 7)
        for minute in 116..<160 { observe(&series, minute, minute < 120 ? 1 : 7) }
        for minute in 160..<180 { observe(&series, minute, 1) }
        #expect(series.trust(horizon: 0, quantile: 2) == 1)
    }

    @Test func farFromTheHintNothingIsAdded() {
        var series = HintedForecaster(
            configuration: Self.configuration,
            schedule: DemandSchedule(entries: [Self.batch])
        )
        var plain = SeriesForecaster(configuration: Self.configuration)
        for minute in 0..<100 {
            observe(&series, minute, 1 + Double(minute % 5))
            plain.observe(observation(minute, 1 + Double(minute % 5)))
            for quantile in 0..<4 {
                #expect(
                    series.forecast(horizon: 1, quantile: quantile)
                        == plain.forecast(horizon: 1, quantile: quantile)
                )
            }
        }
    }

    /// A schedule that begins each quarter of an hour and that nothing follows.
    @Test(arguments: [0, 1])
    func aWrongHintLosesItsWeightWithinAnHour(horizon: Int) {
        let wrong = (0..<96).map {
            ScheduledDemand(startSecond: Int64($0) * 900 + 600, durationSeconds: 1, amount: 6)
        }
        var series = HintedForecaster(
            configuration: Self.configuration,
            schedule: DemandSchedule(entries: wrong)
        )
        var random = Randomness(seed: 2)
        var hinted = 0
        for minute in 0..<300 {
            let isHinted = (series.forecast(horizon: horizon, quantile: 2) ?? 0) > 4
            if isHinted { hinted += 1 }
            observe(&series, minute, 1 + 0.05 * random.gaussian())
            // An hour of samples to which the hint applied, a third of them at 300 s.
            if minute >= (horizon == 0 ? 195 : 75) {
                #expect(series.trust(horizon: horizon, quantile: 2) == 0, "minute \(minute)")
            }
        }
        #expect(hinted > 0)
    }

    /// Set back by a day: nobody waits for a label until the clock is there again.
    @Test func aWrongHintLosesItsWeightAfterTheClockWasSetBackToo() {
        var layer = HintLayer(configuration: Self.configuration, schedule: DemandSchedule(entries: []))
        var cost: Double? = 0
        for minute in 0..<240 {
            let shift = minute < 60 ? 1_440 : 0
            let rate = 50 + 10 * Double(minute % 5)
            let sample = observation(minute + shift, 0.01 * rate)
            layer.observe(
                sample, requestRate: rate, expectedRates: minute < 50 ? [] : [5_000, 5_000],
                forecast: { lead, quantile in 1 })
            if minute == 59 { cost = layer.costPerRequest }
        }
        #expect(((cost ?? 0) - 0.01).magnitude < 1e-6)
        for horizon in 0..<2 { #expect(layer.trust(horizon: horizon, quantile: 2) < 0.1, "\(horizon)") }
    }

    @Test func theCostOfARequestIsLearnedOnAfterTheClockWasSetBack() throws {
        var cost = RequestCost()
        for tick in 0..<4_000 {
            let rate = 100 + 10 * Double(tick % 7)
            // Three times as dear from the step on.
            let (time, price) = tick < 2_000 ? (tick + 90_000, 0.01) : (tick, 0.03)
            cost.observe(timeNanoseconds: Int64(time) * Scenario.second, rate: rate, demand: rate * price)
        }
        // Half of what is remembered is of either, and in the middle between.
        #expect(try (0.018...0.022).contains(#require(cost.perRequest)))
    }

    /// 0.2 cores, and 0.01 for each request a second.
    @Test func theCostOfARequestIsLearnedAndUsed() throws {
        var series = HintedForecaster(configuration: Self.configuration)
        var random = Randomness(seed: 9)
        for minute in 0..<240 {
            let rate = 50 + 10 * random.gaussian()
            let demand = 0.2 + 0.01 * rate + 0.01 * random.gaussian()
            series.observe(observation(minute, demand), requestRate: rate)
        }
        let cost = try #require(series.costPerRequest)
        #expect((0.0095...0.0105).contains(cost), "\(cost)")
        let plain = try #require(series.forecaster.forecast(horizon: 0, quantile: 2))
        series.observe(observation(240, 0.7), requestRate: 50, expectedRates: [250, 250])
        let said = try #require(series.forecast(horizon: 0, quantile: 2))
        #expect(said >= 2.7 - 0.3, "0.95 quantile \(said) before 250 requests a second")
        #expect(plain < 1.5)
    }

    @Test func aRateThatNeverMovesTellsNothing() {
        var cost = RequestCost()
        for second in 0..<1_000 {
            cost.observe(timeNanoseconds: Int64(second), rate: 50, demand: 1)
        }
        #expect(cost.perRequest == nil)
    }

    /// Whatever comes in a maintenance window, what follows is the same.
    @Test func aMaintenanceWindowIsIgnored() {
        let start = (Self.midnight + 3_600) * Scenario.second
        let window = start..<(start + 1_800 * Scenario.second)
        var calm = HintedForecaster(configuration: Self.configuration, ignored: [window])
        var wild = calm
        for minute in 0..<200 {
            let isInside = (60..<90).contains(minute)
            observe(&calm, minute, 1)
            observe(&wild, minute, isInside ? 40 : 1)
            for quantile in 0..<4 {
                #expect(
                    calm.forecast(horizon: 0, quantile: quantile)
                        == wild.forecast(horizon: 0, quantile: quantile)
                )
            }
        }
    }

    @Test func hintedQuantilesNeverCrossAndAreNeverBelowThePlainOnes() throws {
        let entries = (0..<48).map {
            ScheduledDemand(
                startSecond: Int64($0) * 1_800,
                durationSeconds: 300,
                amount: Double($0 % 5)
            )
        }
        var series = HintedForecaster(
            configuration: Self.configuration,
            schedule: DemandSchedule(entries: entries)
        )
        for (minute, value) in Scenario.values(count: 600, seed: 4).enumerated() {
            observe(&series, minute, value)
            for horizon in 0..<2 {
                var previous = 0.0
                for quantile in 0..<4 {
                    let said = try #require(series.forecast(horizon: horizon, quantile: quantile))
                    let plain = series.forecaster.forecast(horizon: horizon, quantile: quantile)
                    #expect(try said >= previous && said >= #require(plain) && said.isFinite)
                    previous = said
                }
            }
        }
    }

    private func observe(_ series: inout HintedForecaster, _ minute: Int, _ value: Double) {
        series.observe(observation(minute, value))
    }

    private func observation(_ minute: Int, _ value: Double) -> Observation {
        Observation(
            timeNanoseconds: (Self.midnight + Int64(minute) * 60) * Scenario.second,
            value: value
        )
    }
}
