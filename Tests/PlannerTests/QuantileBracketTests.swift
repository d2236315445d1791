import Planner
import Testing

@Suite struct QuantileBracketTests {
    private static let levels = [0.5, 0.9, 0.95, 0.99]

    @Test func aLevelThatIsThereSpeaksAlone() {
        for (index, level) in Self.levels.enumerated() {
            let bracket = QuantileBracket(level: level, levels: Self.levels)
            #expect(bracket.lower == index && bracket.upper == index)
            #expect(bracket.value { $0 == index ? 7 : nil } == 7)
        }
    }

    /// As the ladder of the same quantiles has it.
    @Test(arguments: [0.2, 0.7, 0.93, 0.975, 0.999, 0.999_99])
    func betweenAndBeyondItIsTheLaddersQuantile(level: Double) throws {
        var ladder = ForecastLadder()
        for level in Self.levels { ladder.append(level: level, value: 10 * level * level) }
        let bracket = QuantileBracket(level: level, levels: Self.levels)
        let value = try #require(bracket.value { 10 * Self.levels[$0] * Self.levels[$0] })
        #expect((value - ladder.quantile(level)).magnitude < 1e-9)
    }

    @Test func withoutAValueThereIsNone() {
        let bracket = QuantileBracket(level: 0.97, levels: Self.levels)
        #expect(bracket.value { $0 == 2 ? nil : 1 } == nil && bracket.value { $0 == 3 ? nil : 1 } == nil)
        #expect(QuantileBracket(level: 0.97, levels: [0.5]).value { _ in 3 } == 3)
    }

    @Test func roomGoesToWhatIsFarthestFromTheRest() {
        let wanted = [0.75, 0.985, 0.99, 0.999, 0.985]
        #expect(QuantileBracket.merge(Self.levels, wanted, room: 6) == [0.5, 0.75, 0.9, 0.95, 0.99, 0.999])
        #expect(QuantileBracket.merge(Self.levels, wanted, room: 8) == [0.5, 0.75, 0.9, 0.95, 0.985, 0.99, 0.999])
        #expect(QuantileBracket.merge(Self.levels, wanted, room: 4) == Self.levels)
        #expect(QuantileBracket.merge(Self.levels, [0.9], room: 6) == Self.levels)
    }
}
