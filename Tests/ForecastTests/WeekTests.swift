import Forecast
import Testing

@Suite struct WeekTests {
    /// Four weeks of five-minute samples, an eighth of the load on two days of seven. On a quiet day
    /// the week says less than the day alone, whose profile has the busy ones in it.
    @Test func theFactorOfAQuietDayIsKnownAfterAWeek() throws {
        var random = Randomness(seed: 5)
        var forecaster = Scenario.forecaster([900], [0.95])
        for index in 0..<(288 * 28) {
            let isQuiet = index / 288 % 7 >= 5
            let load = (isQuiet ? 1.0 : 8.0) * (1 + 0.1 * random.gaussian())
            forecaster.observe(
                Observation(
                    timeNanoseconds: Int64(index) * 300 * Scenario.second,
                    value: load
                )
            )
            // Until the first day of a new week's slots was seen, the week's expert sleeps.
            guard index == 288 * 3 || index == 288 * 28 - 150 else { continue }
            let told = try #require(forecaster.explanation(horizon: 0, quantile: 0))
            let week = try #require(told.experts.first { $0.name.contains("weekday") })
            if index == 288 * 3 {
                #expect(week.forecast == nil)
            } else {
                let day = try #require(told.experts.first { $0.name == "the day's usual peak" })
                let (onWeekday, daily) = (try #require(week.forecast), try #require(day.forecast))
                // The last day is quiet, and the second one of two.
                #expect(onWeekday < daily, "\(onWeekday) beside \(daily)")
            }
        }
    }
}
