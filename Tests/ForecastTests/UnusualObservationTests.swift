import Forecast
import Testing

/// What no container does for long, and some do once.
@Suite struct UnusualObservationTests {
    /// Values that a `Float` cannot hold, such as 2^24 + 1: rounded down, each would lie above its own forecast.
    @Test func whatNeverChangesIsCoveredByEveryUpperQuantile() {
        var random = Randomness(seed: 41)
        let values = [16_777_217, 584_361_683, 47.635, 0.1, 0.8962] + (0..<40).map { _ in random.uniform() * 1e9 }
        for value in values {
            var forecaster = Scenario.forecaster([300], [0.9, 0.99])
            for index in 0..<400 {
                forecaster.observe(
                    Observation(timeNanoseconds: Scenario.start + Int64(index) * 60 * Scenario.second, value: value))
                let isCovered = (0..<2).allSatisfy { forecaster.forecast(horizon: 0, quantile: $0)! >= value }
                if !isCovered { Issue.record("\(value), sample \(index)") }
            }
            // A new series' guesses are wide; then there is nothing to cover but the value.
            #expect(forecaster.forecast(horizon: 0, quantile: 1)! < value * 1.001)
        }
    }

    /// 5.55e-17 is what subtracting rates leaves of 0: the unit of the series may not be its.
    @Test(arguments: [5.55e-17, 1e-300]) func dustBeforeTheFirstRealValueIsForgotten(dust: Double) throws {
        var dusty = Scenario.forecaster([300], ForecastConfiguration.standardQuantiles)
        var clean = dusty
        dusty.observe(Observation(timeNanoseconds: Scenario.start - 60 * Scenario.second, value: dust))
        for (index, value) in Scenario.values(count: 500, seed: 9).enumerated() {
            let observation = Observation(
                timeNanoseconds: Scenario.start + Int64(index) * 60 * Scenario.second, value: value + 0.5)
            dusty.observe(observation)
            clean.observe(observation)
        }
        for quantile in 0..<4 {
            #expect(dusty.forecast(horizon: 0, quantile: quantile) == clean.forecast(horizon: 0, quantile: quantile))
        }
    }

    @Test func aSeriesThatIsForgottenStillKnowsWhatItRefused() {
        var forecaster = Scenario.forecaster([60], [0.95])
        forecaster.observe(Observation(timeNanoseconds: Scenario.start, value: 1e-17))
        forecaster.observe(Observation(timeNanoseconds: Scenario.start + 1, value: -1))
        forecaster.observe(Observation(timeNanoseconds: Scenario.start + 2, value: 4))
        #expect(forecaster.rejected.negative == 1)
        // As of a series that begins.
        var new = Scenario.forecaster([60], [0.95])
        new.observe(Observation(timeNanoseconds: Scenario.start + 2, value: 4))
        #expect(forecaster.forecast(horizon: 0, quantile: 0) == new.forecast(horizon: 0, quantile: 0))
    }

    /// What cannot be used does not begin a series anew either.
    @Test func aRefusedGiantChangesNothing() {
        var forecaster = Scenario.forecaster([60], [0.95])
        forecaster.observe(Observation(timeNanoseconds: Scenario.start, value: 1))
        let said = forecaster.forecast(horizon: 0, quantile: 0)
        forecaster.observe(Observation(timeNanoseconds: Scenario.start, value: 1e17))
        forecaster.observe(Observation(timeNanoseconds: Scenario.start + 1, value: .infinity))
        forecaster.observe(Observation(timeNanoseconds: Scenario.start + 1, value: 1e17, coverage: .nan))
        #expect(forecaster.forecast(horizon: 0, quantile: 0) == said)
        #expect(forecaster.rejected.total == 3)
    }

    /// A clock that is set back by an hour, a year, or to before Unix time, after it was wrong.
    @Test(arguments: [3_600, 31_536_000, 1_800_000_000] as [Int64])
    func aClockSetBackIsGoneOnFrom(seconds: Int64) throws {
        var forecaster = Scenario.forecaster([60], [0.5, 0.95])
        func observe(_ second: Int64, _ value: Double) {
            forecaster.observe(Observation(timeNanoseconds: Scenario.start + second * Scenario.second, value: value))
        }
        for second in 0..<600 { observe(Int64(second), second % 10 == 0 ? 2 : 1) }
        let labels = forecaster.calibration(horizon: 0, quantile: 0).maturedLabels
        for second in 0..<600 { observe(Int64(600 + second) - seconds, second % 10 == 0 ? 6 : 5) }
        let said = try #require(forecaster.forecast(horizon: 0, quantile: 1))
        #expect(said > 5.5 && said < 7, "what came after the clock was set back is known")
        #expect(forecaster.calibration(horizon: 0, quantile: 0).maturedLabels > labels + 10)
        #expect(forecaster.rejected.timeNotIncreasing == 1)
    }

    /// A host whose clock is set right just after the agent began. Of one sample no step is known: the series begins with the next.
    @Test func aClockSetBackAfterTheFirstSampleIsAsIfThatHadNotBeen() throws {
        var forecaster = Scenario.forecaster([60], [0.5, 0.95])
        var clean = forecaster
        forecaster.observe(Observation(timeNanoseconds: Scenario.start + 3_600 * Scenario.second, value: 1.5))
        for second in 0..<600 as Range<Int64> {
            let observation = Observation(
                timeNanoseconds: Scenario.start + second * Scenario.second, value: second % 10 == 0 ? 2 : 1.1)
            forecaster.observe(observation)
            clean.observe(observation)
        }
        for quantile in 0..<2 {
            let said = try #require(forecaster.forecast(horizon: 0, quantile: quantile))
            let truth = try #require(clean.forecast(horizon: 0, quantile: quantile))
            #expect(abs(said - truth) < 0.01 * truth, "quantile \(quantile)")
            #expect(
                forecaster.calibration(horizon: 0, quantile: quantile).maturedLabels
                    == clean.calibration(horizon: 0, quantile: quantile).maturedLabels)
        }
    }

    /// Each time more seconds pass than there are times; what was learned is still a checkpoint that is taken.
    @Test func aClockThatGoesBackAndForthForEverLeadsToASoundState() throws {
        var forecaster = Scenario.forecaster([60, 300], [0.5, 0.95])
        for round in 0..<8 {
            for time in [.min + 1, -5, .max - 7] as [Int64] {
                forecaster.observe(Observation(timeNanoseconds: time, value: Double(round)))
            }
        }
        var checkpoint = Checkpoint()
        checkpoint.add(forecaster, key: "web")
        _ = try checkpoint.series(at: 0, configuration: forecaster.configuration)
    }

    /// A prior has its peers' unit, which the first value may outgrow.
    @Test func aFirstValueFarBeyondItsPeersIsForecast() throws {
        var peer = Scenario.forecaster([60], [0.5, 0.95])
        for second in 0..<400 {
            peer.observe(
                Observation(timeNanoseconds: Scenario.start + Int64(second) * Scenario.second, value: 1e-9 * Double(1 + second % 3)))
        }
        let prior = try #require(PeerPrior(peers: [peer, peer, peer]))
        var forecaster = SeriesForecaster(prior: prior)
        forecaster.observe(Observation(timeNanoseconds: Scenario.start, value: 1e9))
        let said = try #require(forecaster.forecast(horizon: 0, quantile: 1))
        #expect(said >= 1e9 && said < 2e9)
    }

    /// Ten seconds or two steps, whichever is longer, are disorder.
    @Test func samplesThatAreLateAreRefused() {
        var forecaster = Scenario.forecaster([600], [0.95])
        for index in 0..<10 {
            forecaster.observe(Observation(timeNanoseconds: Scenario.start + Int64(index) * 60 * Scenario.second, value: 1))
        }
        let said = forecaster.forecast(horizon: 0, quantile: 0)
        forecaster.observe(Observation(timeNanoseconds: Scenario.start + (9 * 60 - 119) * Scenario.second, value: 7))
        #expect(forecaster.forecast(horizon: 0, quantile: 0) == said)
        #expect(forecaster.rejected.timeNotIncreasing == 1)
    }

    /// The peak of a longer time is not lower. In any order of the lead times, and whatever the steps.
    @Test(arguments: [[60, 300, 900], [900, 60, 300], [900, 300, 60], [300, 300, 60]] as [[Int64]], [5, 60, 400] as [Int64])
    func aLongerLeadTimeIsNeverSaidToNeedLess(leads: [Int64], step: Int64) throws {
        var forecaster = Scenario.forecaster(leads, ForecastConfiguration.standardQuantiles)
        let pairs = leads.indices.flatMap { one in leads.indices.map { (one, $0) } }.filter { leads[$0] < leads[$1] }
        for (index, value) in Scenario.values(count: 800, seed: 12).enumerated() {
            // Stretches that repeat, so that some lead times have nothing new to say.
            let held = index % 90 < 30 ? 1 : value
            forecaster.observe(
                Observation(timeNanoseconds: Scenario.start + Int64(index) * step * Scenario.second, value: held))
            for quantile in 0..<4 {
                let said = try (0..<3).map { try #require(forecaster.forecast(horizon: $0, quantile: quantile)) }
                for (shorter, longer) in pairs {
                    #expect(said[shorter] <= said[longer], "sample \(index), \(leads[shorter]) and \(leads[longer]) s")
                }
            }
        }
    }
}
