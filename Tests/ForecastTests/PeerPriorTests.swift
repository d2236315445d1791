import Forecast
import Testing

@Suite struct PeerPriorTests {
    private static let perDay = 288

    /// Five-minute samples of one replica: quiet nights, busy days, noise of its own.
    private static func value(_ index: Int, _ random: inout Randomness) -> Double {
        let hour = Double(index % perDay) / 12
        return (hour < 8 ? 1 : hour < 18 ? 9 : 3.0) * (1 + 0.1 * random.gaussian())
    }

    private static func observe(_ series: inout SeriesForecaster, _ index: Int, _ value: Double) {
        series.observe(
            Observation(
                timeNanoseconds: Scenario.start + Int64(index) * 300 * Scenario.second,
                value: value
            )
        )
    }

    private static func replica(seed: UInt64, days: Int, scale: Double = 1) -> SeriesForecaster {
        var random = Randomness(seed: seed)
        var series = Scenario.forecaster([300, 900], ForecastConfiguration.standardQuantiles)
        for index in 0..<(perDay * days) {
            observe(&series, index, scale * value(index, &random))
        }
        return series
    }

    /// Loss and coverage of the 0.95 quantile, five minutes ahead, in a new replica's first day.
    private static func firstDay(_ new: SeriesForecaster) -> (loss: Double, coverage: Double) {
        var random = Randomness(seed: 99)
        var series = new
        var said: Double?
        var loss = 0.0
        var covered = 0
        for index in (4 * perDay)..<(5 * perDay) {
            let value = value(index, &random)
            if let said {
                let excess = value - said
                loss += max(0.95 * excess, -0.05 * excess)
                if excess <= 0 { covered += 1 }
            }
            observe(&series, index, value)
            said = series.forecast(horizon: 0, quantile: 2)
        }
        return (loss, Double(covered) / Double(perDay - 1))
    }

    /// What replicas know of the day is known from the first sample on: the morning's rise is
    /// covered, which a series of its own has never seen.
    @Test(arguments: [1, 3])
    func aNewReplicaKnowsWhatItsPeersHaveLearned(count: Int) throws {
        let peers = (0..<count).map { Self.replica(seed: UInt64($0 + 1), days: 4) }
        let prior = try #require(PeerPrior(peers: peers))
        #expect(prior.peerCount == count && prior.areAlike)
        let alone = Self.firstDay(
            Scenario.forecaster([300, 900], ForecastConfiguration.standardQuantiles)
        )
        let primed = Self.firstDay(SeriesForecaster(prior: prior))
        #expect(primed.loss < 0.7 * alone.loss, "\(primed.loss) instead of \(alone.loss)")
        #expect(primed.coverage > 0.92)
    }

    /// A pool of strangers gives what has no unit, and that does little harm.
    @Test func strangersGiveNoLevels() throws {
        let peers = [
            Self.replica(seed: 1, days: 3), Self.replica(seed: 2, days: 3, scale: 1e6),
        ]
        let prior = try #require(PeerPrior(peers: peers))
        #expect(!prior.areAlike)
        let alone = Self.firstDay(
            Scenario.forecaster([300, 900], ForecastConfiguration.standardQuantiles)
        )
        #expect(Self.firstDay(SeriesForecaster(prior: prior)).loss < 1.2 * alone.loss)
    }

    @Test func whoKnowsNothingOrOtherQuantilesIsLeftOut() throws {
        let young = Scenario.forecaster([300, 900], ForecastConfiguration.standardQuantiles)
        #expect(PeerPrior(peers: []) == nil)
        #expect(PeerPrior(peers: [young]) == nil)
        let peer = Self.replica(seed: 1, days: 2)
        var other = Scenario.forecaster([300], [0.9])
        for index in 0..<200 { Self.observe(&other, index, 1) }
        #expect(try #require(PeerPrior(peers: [young, peer, other])).peerCount == 1)
        let crowd = Array(repeating: peer, count: 40)
        #expect(try #require(PeerPrior(peers: crowd)).peerCount == PeerPrior.peerLimit)
    }

    /// It has no past of its own: no forecast, no record, and earlier times are accepted.
    @Test func aPrimedSeriesIsNew() throws {
        let prior = try #require(PeerPrior(peers: [Self.replica(seed: 1, days: 2)]))
        var series = SeriesForecaster(prior: prior)
        #expect(series.forecast(horizon: 0, quantile: 0) == nil)
        #expect(series.calibration(horizon: 0, quantile: 0).maturedLabels == 0)
        series.observe(Observation(timeNanoseconds: 5, value: 2))
        #expect(series.rejected.total == 0)
        #expect(try #require(series.forecast(horizon: 0, quantile: 1)) >= 2)
        // The prior is not changed by who started from it.
        #expect(SeriesForecaster(prior: prior).forecast(horizon: 0, quantile: 0) == nil)

        var checkpoint = Checkpoint()
        checkpoint.add(series, key: "new")
        let read = try Checkpoint(decoding: checkpoint.encoded())
        let restored = try read.series(at: 0, configuration: series.configuration)
        #expect(
            restored.forecast(horizon: 1, quantile: 3) == series.forecast(horizon: 1, quantile: 3)
        )
    }
}
