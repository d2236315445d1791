import Forecast
import Testing

@Suite struct SeriesForecasterTests {
    @Test func saysNothingBeforeTheFirstObservation() {
        let forecaster = Scenario.forecaster([60], [0.95])
        #expect(forecaster.forecast(horizon: 0, quantile: 0) == nil)
        #expect(forecaster.calibration(horizon: 0, quantile: 0).maturedLabels == 0)
    }

    @Test(arguments: [1, 5, 60, 300, 3_600] as [Int64])
    func quantilesNeverCrossAndAreNeverNegative(step: Int64) throws {
        var forecaster = Scenario.forecaster([60, 900], ForecastConfiguration.standardQuantiles)
        for (index, value) in Scenario.values(count: 600, seed: 3).enumerated() {
            forecaster.observe(
                Observation(
                    timeNanoseconds: Scenario.start + Int64(index) * step * Scenario.second,
                    value: index % 7 == 0 ? 0 : value
                )
            )
            for horizon in 0..<2 {
                var previous = 0.0
                for quantile in 0..<4 {
                    let forecast = try #require(
                        forecaster.forecast(horizon: horizon, quantile: quantile)
                    )
                    #expect(forecast.isFinite && forecast >= previous)
                    previous = forecast
                }
            }
        }
    }

    @Test func equalSamplesGiveEqualBits() {
        let values = Scenario.values(count: 500, seed: 5)
        #expect(bits(values, scale: 1) == bits(values, scale: 1))
    }

    @Test(arguments: [0x1p-30, 0x1p10, 0x1p40] as [Double])
    func aPowerOfTwoInTheUnitChangesNothingElse(scale: Double) {
        let values = Scenario.values(count: 500, seed: 6)
        let unscaled = bits(values, scale: 1).map { Double(bitPattern: $0) * scale }
        #expect(bits(values, scale: scale) == unscaled.map(\.bitPattern))
    }

    @Test func aCopyGoesItsOwnWay() {
        var first = Scenario.forecaster([60], [0.95])
        first.observe(Observation(timeNanoseconds: Scenario.start, value: 1))
        var second = first
        let said = first.forecast(horizon: 0, quantile: 0)
        second.observe(Observation(timeNanoseconds: Scenario.start + 1, value: 100))
        #expect(first.forecast(horizon: 0, quantile: 0) == said)
    }

    /// A copy made in mid-course has its own state: fed alike, both go on bit for bit; fed other
    /// values, neither notices.
    @Test func aCopyInMidCourseContinuesBitForBit() {
        let values = Scenario.values(count: 900, seed: 8)
        var first = Scenario.forecaster([60, 300], ForecastConfiguration.standardQuantiles)
        for index in 0..<600 { observe(&first, index, values[index]) }
        var second = first
        var third = first
        for index in 600..<900 {
            observe(&third, index, 7)
            observe(&first, index, values[index])
            observe(&second, index, values[index])
            for quantile in 0..<4 {
                let said = first.forecast(horizon: 1, quantile: quantile)
                #expect(second.forecast(horizon: 1, quantile: quantile) == said)
            }
        }
        #expect(third.forecast(horizon: 0, quantile: 0) != first.forecast(horizon: 0, quantile: 0))
    }

    private func observe(_ forecaster: inout SeriesForecaster, _ index: Int, _ value: Double) {
        forecaster.observe(
            Observation(
                timeNanoseconds: Scenario.start + Int64(index) * 10 * Scenario.second,
                value: value
            )
        )
    }

    @Test(arguments: [
        (Double.nan, 1.0, 1 as Int64, RejectionCause.notFinite),
        (.infinity, 1, 1, .notFinite),
        (1, .nan, 1, .notFinite),
        (-0.5, 1, 1, .negative),
        (-.infinity, 1, 1, .notFinite),
        (1, 1, 0, .timeNotIncreasing),
        (1, 1, -5, .timeNotIncreasing),
    ])
    func whatCannotBeUsedIsCountedAndChangesNothing(
        value: Double,
        coverage: Double,
        later: Int64,
        cause: RejectionCause
    ) {
        var forecaster = Scenario.forecaster([60], [0.95])
        forecaster.observe(Observation(timeNanoseconds: Scenario.start, value: 2))
        let said = forecaster.forecast(horizon: 0, quantile: 0)
        forecaster.observe(
            Observation(
                timeNanoseconds: Scenario.start + later,
                value: value,
                coverage: coverage
            )
        )
        #expect(forecaster.forecast(horizon: 0, quantile: 0) == said)
        #expect(forecaster.rejected.total == 1)
        #expect(cause.count(forecaster.rejected) == 1)
    }

    @Test(
        arguments: [0, 1e-300, .leastNonzeroMagnitude, 1e300, .greatestFiniteMagnitude] as [Double]
    )
    func extremeValuesStayFinite(value: Double) throws {
        var forecaster = Scenario.forecaster([60], ForecastConfiguration.standardQuantiles)
        for index in 0..<200 {
            forecaster.observe(
                Observation(
                    timeNanoseconds: Scenario.start + Int64(index) * 10 * Scenario.second,
                    value: index % 3 == 0 ? 0 : value
                )
            )
            let forecast = try #require(forecaster.forecast(horizon: 0, quantile: 3))
            #expect(forecast >= 0 && !forecast.isNaN)
        }
    }

    @Test(arguments: [Int64.min, -1, 0, Int64.max - 1])
    func extremeTimesDoNotTrap(time: Int64) {
        var forecaster = Scenario.forecaster([60], [0.95])
        forecaster.observe(Observation(timeNanoseconds: time, value: 1))
        forecaster.observe(Observation(timeNanoseconds: time + 1, value: 2))
        forecaster.observe(Observation(timeNanoseconds: Int64.max, value: 3))
        #expect(forecaster.forecast(horizon: 0, quantile: 0) != nil)
    }

    @Test func twoLeadsAndFourQuantilesFitInFourKibibytes() {
        let bytes = SeriesForecaster.stateByteCount(
            ForecastConfiguration(
                horizonsNanoseconds: [300 * Scenario.second, 900 * Scenario.second],
                quantiles: ForecastConfiguration.standardQuantiles
            )
        )
        #expect(bytes <= 4_096)
    }

    @Test func aGapLongerThanTheLeadGivesNoLabel() {
        var forecaster = Scenario.forecaster([60], [0.95])
        for index in 0..<10 {
            forecaster.observe(
                Observation(
                    timeNanoseconds: Scenario.start + Int64(index) * 60 * Scenario.second,
                    value: 1
                )
            )
        }
        let before = forecaster.calibration(horizon: 0, quantile: 0).maturedLabels
        forecaster.observe(
            Observation(
                timeNanoseconds: Scenario.start + 86_400 * Scenario.second,
                value: 1
            )
        )
        #expect(before == 9)
        #expect(forecaster.calibration(horizon: 0, quantile: 0).maturedLabels == before)
    }

    /// Every forecast's bits, over all samples.
    private func bits(_ values: [Double], scale: Double) -> [UInt64] {
        var forecaster = Scenario.forecaster([60, 300], ForecastConfiguration.standardQuantiles)
        var bits: [UInt64] = []
        for (index, value) in values.enumerated() {
            forecaster.observe(
                Observation(
                    timeNanoseconds: Scenario.start + Int64(index) * 10 * Scenario.second,
                    value: value * scale
                )
            )
            for horizon in 0..<2 {
                for quantile in 0..<4 {
                    let forecast = forecaster.forecast(horizon: horizon, quantile: quantile)
                    bits.append((forecast ?? -1).bitPattern)
                }
            }
        }
        return bits
    }
}

enum RejectionCause: Sendable {
    case notFinite, negative, timeNotIncreasing

    func count(_ rejected: RejectedObservations) -> UInt64 {
        switch self {
        case .notFinite: rejected.notFinite
        case .negative: rejected.negative
        case .timeNotIncreasing: rejected.timeNotIncreasing
        }
    }
}
