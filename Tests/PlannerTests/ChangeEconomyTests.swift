import Aggregates
import Planner
import TestSupport
import Testing

@Suite struct ChangeEconomyTests {
    /// A planner as the agent makes it: no hysteresis, no hold time.
    private func planner() -> ResourcePlanner {
        ResourcePlanner(
            resource: .cpu,
            configuration: ResourcePlanConfiguration(
                costRatio: 19,
                leadTimeNanoseconds: 300 * second,
                chunk: 1e-6
            )
        )
    }

    /// Truth: a million draws. Only four quantiles are known, so the answer is near, not exact.
    @Test(arguments: [5.0, 10, 15, 19.5, 20, 25], [1.0, 19, 99])
    func expectedCostIsThatOfTheDistribution(capacity: Double, ratio: Double) {
        let ladder = ForecastLadder.uniform(10...20)
        var truth = 0.0
        for step in 0..<10_000 {
            let gap = capacity - (10 + 10 * (Double(step) + 0.5) / 10_000)
            truth += (gap >= 0 ? gap : -ratio * gap) / 10_000
        }
        // Below the median all is taken to lie at it: 1.25 of 10 too high.
        let cost = ladder.expectedCost(of: capacity, shift: 0, ratio: ratio)
        let slack = capacity < 15 ? 1.3 * ratio : 1.3
        #expect((cost - truth).magnitude <= 0.05 * truth + slack)
    }

    @Test func costIsLeastNearTheNewsvendorQuantile() throws {
        let ladder = ForecastLadder.uniform(0...100)
        let least = (0...120).min {
            ladder.expectedCost(of: Double($0), shift: 0, ratio: 19)
                < ladder.expectedCost(of: Double($1), shift: 0, ratio: 19)
        }
        #expect((90...97).contains(try #require(least)))
        let shifted = (0...120).min {
            ladder.expectedCost(of: Double($0), shift: 10, ratio: 19)
                < ladder.expectedCost(of: Double($1), shift: 10, ratio: 19)
        }
        #expect(try #require(shifted) == #require(least) + 10)
    }

    /// Down to one place and up from there, with no step and no second dip on the way.
    @Test(arguments: [1.0, 4, 19, 99])
    func costHasOneLeastPlaceAndRisesOnBothSidesOfIt(ratio: Double) throws {
        let ladder = ForecastLadder.uniform(10...20)
        let costs = stride(from: 0.0, through: 40, by: 0.01).map {
            ladder.expectedCost(of: $0, shift: 0, ratio: ratio)
        }
        let least = try #require(costs.indices.min { costs[$0] < costs[$1] })
        var slope = -Double.infinity
        for index in costs.indices.dropFirst() {
            let step = costs[index] - costs[index - 1]
            #expect(index <= least ? step < 0 : step > 0, "at \(Double(index) / 100)")
            // Convex: what one more unit saves never grows again.
            #expect(step >= slope - 1e-9)
            slope = step
        }
    }

    @Test func ladderTakesOnlyWhatClimbs() {
        var ladder = ForecastLadder()
        ladder.append(level: 0.5, value: 3)
        #expect(!ladder.isDistribution)
        let refused = [(0.5, 4.0), (0.4, 4), (1, 4), (0.9, .nan), (0.9, .infinity)]
        for (level, value) in refused {
            let isTaken = ladder.append(level: level, value: value)
            #expect(!isTaken, "\(level) \(value)")
        }
        let isRaised = ladder.append(level: 0.9, value: 2)
        #expect(isRaised)
        #expect(ladder.isDistribution)
        #expect(ladder.expectedCost(of: 3, shift: 0, ratio: 19) == 0)
        for index in 0..<6 { ladder.append(level: 0.91 + Double(index) / 100, value: 3) }
        let hasRoom = ladder.append(level: 0.99, value: 9)
        #expect(!hasRoom, "eight are in")
    }

    /// Holding far too much is given up soon, a little too much later: each once it has cost
    /// what a change is worth.
    @Test func theMoreAnExcessCostsTheSoonerItGoes() throws {
        func releasedAfter(_ held: Double) -> Int? {
            var planner = planner()
            // The price of a change comes from what the best plan costs.
            for time in 0..<600 {
                let wanted = planner.plan(
                    at: Int64(time), demand: 10, forecast: 19.5, ladder: .uniform(10...20),
                    ready: 19.5)
                #expect(wanted.change == 0)
            }
            return (0..<3_600).first { time in
                let decision = planner.plan(
                    at: Int64(600 + time), demand: 10, forecast: 19.5, ladder: .uniform(10...20),
                    ready: held
                )
                return decision.change < 0
            }
        }
        let much = try #require(releasedAfter(60))
        let some = try #require(releasedAfter(30))
        #expect(much < some && some < 75)
        #expect(releasedAfter(19.6).map { $0 > 600 } ?? true)
    }

    @Test func presentDemandIsCoveredAtOnceWhateverAChangeCosts() {
        var planner = planner()
        for time in 0..<100 {
            _ = planner.plan(
                at: Int64(time), demand: 10, forecast: 19.5, ladder: .uniform(10...20), ready: 19.5)
        }
        let decision = planner.plan(
            at: 100, demand: 20, forecast: 20, ladder: .uniform(10...21), ready: 19.5)
        #expect(decision.change > 0 && decision.cause == .raised)
    }

    @Test func stayingPutSaysWhatItHasCostSoFar() throws {
        var planner = planner()
        for time in 0..<100 {
            _ = planner.plan(
                at: Int64(time), demand: 10, forecast: 19.5, ladder: .uniform(10...20), ready: 19.5)
        }
        let decision = planner.plan(
            at: 101, demand: 10, forecast: 19.5, ladder: .uniform(10...20), ready: 24)
        guard case .notWorthAChange(let paid) = decision.cause else {
            Issue.record("\(decision.cause)")
            return
        }
        #expect((0..<1).contains(paid))
        let line = try #require(decision.reasons.first)
        #expect(line.contains("19.5 cores would cost less; staying put has cost"))
    }

    /// Constant demand and its forecast: planned once, and left alone from then on.
    @Test(arguments: [0.3, 7.77, 1_000])
    func constantDemandDoesNotOscillate(demand: Double) {
        var planner = planner()
        var ready = demand
        for time in stride(from: Int64(0), to: 86_400, by: 10) {
            planner.feedback(at: time + 1, demand: demand, available: ready, durationSeconds: 10)
            let decision = planner.plan(
                at: time, demand: demand, forecast: demand * 1.2,
                ladder: .uniform(demand * 1.1...demand * 1.2), ready: ready)
            ready += decision.change
        }
        // The correction learns that less would do, and settles.
        #expect(planner.accounting.ups <= 2)
        #expect(planner.accounting.downs < 60)
    }

    /// Ski rental: never worse than twice the cheaper of never changing and always changing.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func changesCostNoMoreThanTheirRent(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var planner = planner()
        var ready = 20.0
        var changes = 0
        var noise = 0.0
        for time in stride(from: Int64(0), to: 86_400, by: 60) {
            noise = 0.9 * noise + Double.random(in: -1...1, using: &generator)
            let low = max(0, 10 + noise)
            let decision = planner.plan(
                at: time, demand: low, forecast: low + 9.5, ladder: .uniform(low...low + 10),
                ready: ready)
            if decision.change != 0 { changes += 1 }
            ready += decision.change
        }
        #expect(changes > 0 && changes < 144, "\(changes) of 1440 rounds")
    }

    @Test func amountsNearTheEndOfDoublesDoNotSpoilThePlanner() {
        var planner = planner()
        var huge = ForecastLadder()
        huge.append(level: 0.5, value: 1e308)
        huge.append(level: 0.99, value: 1.7e308)
        _ = planner.plan(at: 0, demand: 10, forecast: 20, ladder: huge, ready: 20)
        var changes = 0
        for time in stride(from: Int64(60), to: 86_400, by: 60) {
            let decision = planner.plan(
                at: time, demand: 10, forecast: 19.5, ladder: .uniform(10...20), ready: 100)
            if decision.change < 0 { changes += 1 }
        }
        #expect(changes > 0)
    }
}
