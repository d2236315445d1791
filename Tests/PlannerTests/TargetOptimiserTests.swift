import TestSupport
import Testing

@testable import Planner

@Suite struct TargetOptimiserTests {
    /// A forecast whose quantiles are `scale` times as far up as they should be, for demand that
    /// is uniform between 10 and 20.
    private static func ladder(scale: Double) -> ForecastLadder {
        var ladder = ForecastLadder()
        for level in [0.5, 0.9, 0.95, 0.99] {
            ladder.append(level: level, value: scale * (10 + 10 * level))
        }
        return ladder
    }

    /// Where it ends after four days of samples a minute.
    private static func settled(
        ratio: Double, scale: Double, seed: UInt64 = 1, minutes: Int64 = 5_760
    ) -> OptimisedTarget? {
        var generator = SeededGenerator(seed: seed)
        var optimiser = TargetOptimiser(ratio: ratio, leadNanoseconds: 300 * second)
        var last: OptimisedTarget?
        for minute in 0..<minutes {
            last = optimiser.observe(
                demand: .random(in: 10...20, using: &generator), forecast: scale * 19.5, ladder: ladder(scale: scale),
                at: minute * 60 * second)
        }
        return last
    }

    /// The newsvendor's quantile of the true distribution, whatever the forecast says.
    @Test(arguments: [19.0, 99.0], [0.6, 1.0, 2.5])
    func theTargetComesNearTheCheapest(ratio: Double, scale: Double) throws {
        let target = try #require(Self.settled(ratio: ratio, scale: scale))
        let best = 10 + 10 * ratio / (1 + ratio)
        #expect((target.amount - best).magnitude < 2, "\(target)")
        #expect((0...1).contains(target.share))
    }

    @Test func aForecastThatIsRightLeadsAndOneThatIsFarOffDoesNot() throws {
        let good = try #require(Self.settled(ratio: 19, scale: 1))
        if case .forecast(let level) = good.leader { #expect(level >= 0.9) }
        let poor = try #require(Self.settled(ratio: 19, scale: 3))
        guard case .history = poor.leader else {
            Issue.record("\(poor.leader)")
            return
        }
    }

    @Test func itIsDeterministicAndTheSeedMatters() {
        #expect(Self.settled(ratio: 19, scale: 1) == Self.settled(ratio: 19, scale: 1))
        #expect(Self.settled(ratio: 19, scale: 1) != Self.settled(ratio: 19, scale: 1, seed: 2))
    }

    /// However demand jumps, the mean stays within what the candidates say.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func theTargetLiesWithinItsCandidates(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var optimiser = TargetOptimiser(ratio: 19, leadNanoseconds: 60 * second)
        var highest = 0.0
        var time: Int64 = 0
        for _ in 0..<3_000 {
            time += Int64.random(in: 1...4_000, using: &generator) * second / 10
            let demand = pow2(Double.random(in: -10...10, using: &generator))
            highest = max(highest, demand)
            var ladder = ForecastLadder()
            for level in [0.5, 0.95] { ladder.append(level: level, value: demand * (1 + level)) }
            let target = optimiser.observe(demand: demand, forecast: demand * 1.95, ladder: ladder, at: time)
            guard let target else { continue }
            // Running quantiles may overshoot the highest by a step.
            #expect(target.amount >= 0 && target.amount <= 3 * highest, "\(target)")
        }
    }

    /// Costs add up second by second, so a rule that was cheap for days is not left for one that
    /// was cheap for minutes.
    @Test func weightsMoveNoFasterThanCosts() throws {
        var generator = SeededGenerator(seed: 3)
        var optimiser = TargetOptimiser(ratio: 19, leadNanoseconds: 300 * second)
        var before: OptimisedTarget?
        var time: Int64 = 0
        for _ in 0..<2_880 {
            time += 60 * second
            before = optimiser.observe(
                demand: .random(in: 10...20, using: &generator), forecast: 19.5, ladder: Self.ladder(scale: 1),
                at: time)
        }
        var after = before
        for _ in 0..<10 {
            time += 60 * second
            after = optimiser.observe(demand: 11, forecast: 19.5, ladder: Self.ladder(scale: 1), at: time)
        }
        let first = try #require(before)
        let second = try #require(after)
        #expect((first.amount - second.amount).magnitude < 0.3, "\(first) \(second)")
    }

    @Test func nothingIsSaidBeforeAnythingWasJudgedAndWhereNothingIsLost() {
        var optimiser = TargetOptimiser(ratio: 19, leadNanoseconds: 300 * second)
        for tick in 0..<300 {
            #expect(
                optimiser.observe(
                    demand: 10, forecast: 19.5, ladder: Self.ladder(scale: 1), at: Int64(tick) * second) == nil)
        }
        // Demand that never moves: its own quantiles cost nothing, and so there is no ratio.
        var constant = TargetOptimiser(ratio: 19, leadNanoseconds: 0)
        for tick in 0..<300 {
            #expect(
                constant.observe(
                    demand: 0, forecast: 19.5, ladder: Self.ladder(scale: 1), at: Int64(tick) * second) == nil)
        }
    }

    /// A few minutes of evidence hardly count.
    @Test func littleEvidenceIsTrustedLittle() throws {
        var optimiser = TargetOptimiser(ratio: 19, leadNanoseconds: 0)
        var generator = SeededGenerator(seed: 7)
        var last: OptimisedTarget?
        for tick in 0..<120 {
            last = optimiser.observe(
                demand: .random(in: 10...20, using: &generator), forecast: 60,
                ladder: Self.ladder(scale: 3), at: Int64(tick) * second)
        }
        let target = try #require(last)
        #expect(target.trust < 0.04)
        #expect(target.amount > 58)
    }

    @Test func anotherLadderBeginsAnew() {
        var optimiser = TargetOptimiser(ratio: 19, leadNanoseconds: 0)
        var generator = SeededGenerator(seed: 5)
        for tick in 0..<300 {
            _ = optimiser.observe(
                demand: .random(in: 10...20, using: &generator), forecast: 19.5, ladder: Self.ladder(scale: 1),
                at: Int64(tick) * second)
        }
        var short = ForecastLadder()
        short.append(level: 0.5, value: 15)
        short.append(level: 0.95, value: 19)
        #expect(optimiser.observe(demand: 12, forecast: 19, ladder: short, at: 300 * second) == nil)
        #expect(optimiser.observe(demand: 12, forecast: 19, ladder: short, at: 301 * second) != nil)
    }

    @Test func thePlanSaysWhatItTrusts() throws {
        var planner = ResourcePlanner.cpu(chunk: 0.01)
        var generator = SeededGenerator(seed: 6)
        var decision: PlanDecision?
        for minute in 0..<1_500 {
            decision = planner.plan(
                at: Int64(minute) * 60, demand: .random(in: 10...20, using: &generator),
                forecast: 40, ladder: Self.ladder(scale: 2), ready: 20)
        }
        let lines = try #require(decision).reasons
        let line = lines.first { $0.contains("with what was cheapest so far") }
        #expect(line?.contains("of the weight") == true, "\(lines)")
        #expect(try #require(decision).target < 25)
    }
}

private func pow2(_ exponent: Double) -> Double {
    var value = 1.0
    for _ in 0..<Int(exponent.magnitude) { value *= exponent < 0 ? 0.5 : 2 }
    return value
}
