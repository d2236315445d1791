import Planner
import Testing

@Suite struct WhatIfTests {
    private static let configuration = ResourcePlanConfiguration(
        costRatio: 19, leadTimeNanoseconds: 300 * second, chunk: 0.5)

    /// Exponential with mean 1 above 10: its quantile is 10 - ln(1 - level).
    private static let ladder: ForecastLadder = {
        var ladder = ForecastLadder()
        for (level, value) in [(0.5, 10.6931), (0.9, 12.3026), (0.95, 12.9957), (0.99, 14.6052)] {
            ladder.append(level: level, value: value)
        }
        return ladder
    }()

    private func answer(
        _ change: WhatIf.Change, demand: Double = 9, shift: Double = 0
    ) -> WhatIf? {
        WhatIf(Self.configuration, demand: demand, ladder: Self.ladder, shift: shift, change: change)
    }

    @Test func aDearerShortageHoldsMoreAndCostsLessThan() throws {
        var change = WhatIf.Change()
        change.costRatio = 99
        let whatIf = try #require(answer(change))
        #expect(whatIf.present.target == 13)
        #expect(whatIf.changed.target == 15)
        #expect(whatIf.changed.idle > whatIf.present.idle)
        #expect(whatIf.changed.short < whatIf.present.short)
        // At the new prices.
        #expect(whatIf.changed.cost < whatIf.present.cost)
    }

    @Test func nothingChangedIsTheSame() throws {
        let whatIf = try #require(answer(WhatIf.Change(), shift: 0.7))
        #expect(whatIf.present == whatIf.changed)
        #expect(whatIf.present.target == 14)
    }

    @Test func boundsAndPresentUseHold() throws {
        var change = WhatIf.Change()
        change.maximum = 11
        #expect(try #require(answer(change)).changed.target == 11)
        change.maximum = nil
        change.chunk = 4
        #expect(try #require(answer(change)).changed.target == 16)
        #expect(try #require(answer(WhatIf.Change(), demand: 20)).present.target == 20)
        change.minimum = 9
        change.maximum = 11
        #expect(answer(change) == nil)
    }

    /// Between and beyond the ladder's levels, against the distribution that it is of.
    @Test(arguments: [(0.5, 10.6931), (0.93, 12.6593), (0.98, 13.912), (0.999, 16.9078)])
    func quantilesOfAnExponentialTailAreExact(level: Double, value: Double) {
        #expect((Self.ladder.quantile(level) - value).magnitude < 0.001)
    }
}
