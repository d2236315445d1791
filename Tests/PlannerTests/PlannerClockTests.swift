import Aggregates
import TestSupport
import Testing

@testable import Planner

/// A host whose clock is set back by an hour, or a day, goes on being planned.
@Suite struct PlannerClockTests {
    private static let hour: Int64 = 3_600

    @Test func presentDemandIsCoveredInTheFirstRoundAfterIt() {
        var planner = ResourcePlanner.cpu()
        for time in 0..<100 as Range<Int64> { _ = planner.plan(at: time, demand: 2, forecast: 3, ready: 3) }
        let after = planner.plan(at: 100 - Self.hour, demand: 8, forecast: 3, ready: 3)
        #expect(after.target == 8 && after.change == 5, "\(after.reasons)")
        #expect(planner.accounting.refusedInputs == 0 && planner.accounting.clockSteps == 1)
        // The same time again is no step.
        _ = planner.plan(at: 100 - Self.hour, demand: 8, forecast: 3, ready: 8)
        #expect(planner.accounting.clockSteps == 1)
    }

    /// Ten minutes of low need, of which the clock is set back after five.
    @Test func theHoldTimeGoesOnWhereItWas() throws {
        var planner = ResourcePlanner.cpu(downHoldSeconds: 600)
        var ready = 10.0
        var release: Int?
        for passed in 0..<1_200 {
            let time = Int64(passed) - (passed < 300 ? 0 : Self.hour)
            let decision = planner.plan(at: time, demand: 4, forecast: 5, ready: ready)
            if decision.change < 0, release == nil { release = passed }
            ready += decision.change
        }
        // The round after which it was set back counts as none.
        #expect(try (600...602).contains(#require(release)), "\(release ?? -1)")
        #expect(ready == 5)
    }

    /// Refused ten times, it waits for a lead of five minutes, of which two have passed.
    @Test func theWaitAfterRefusalsGoesOnWhereItWas() {
        var planner = ResourcePlanner.cpu()
        var time: Int64 = 0
        for _ in 0..<10 {
            #expect(planner.plan(at: time, demand: 8, ready: 2).change > 0)
            planner.answered(isRefused: true, at: time * second)
            time += 400
        }
        time -= 400
        #expect(planner.plan(at: time + 120, demand: 8, ready: 2).change == 0)
        time += 120 - Self.hour
        #expect(planner.plan(at: time, demand: 8, ready: 2).change == 0)
        #expect(planner.plan(at: time + 170, demand: 8, ready: 2).change == 0)
        #expect(planner.plan(at: time + 185, demand: 8, ready: 2).change == 6)
        // An answer to a request of before the clock was set back is one of now.
        planner.answered(isRefused: true, at: (time + Self.hour) * second)
        #expect(planner.plan(at: time + 185 + 601, demand: 8, ready: 2).change == 6)
    }

    @Test func whatBecameOfPlansIsTakenInAndTheSameTwiceIsNot() {
        var planner = ResourcePlanner.cpu()
        planner.feedback(at: 5_000, demand: 1, available: 3)
        planner.feedback(at: 5_000 - Self.hour, demand: 1, available: 3)
        #expect(planner.accounting.observedSeconds == 2 && planner.accounting.heldUnitSeconds == 4)
        planner.feedback(at: 5_000 - Self.hour, demand: 1, available: 3)
        #expect(planner.accounting.observedSeconds == 2 && planner.accounting.refusedInputs == 1)
    }

    /// A round before which the clock was set back is as one in which no time passed: every decision is the same, whatever is
    /// learned, held, asked for or refused; with and without quantiles. By a day: blocks of hours and days begin when they do.
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func otherwiseNothingChanges(seed: UInt64) {
        func run(stepSeconds: Int64) -> [PlanDecision] {
            var generator = SeededGenerator(seed: seed)
            var planner = ResourcePlanner.cpu(
                chunk: 0.5, downHysteresis: seed % 2 == 0 ? 0 : 0.1, downHoldSeconds: seed % 3 == 0 ? 0 : 300,
                raisePerMinute: seed % 4 == 0 ? 2 : nil, lowerPerMinute: seed % 4 == 1 ? 1 : nil)
            let hasLadder = seed > 4
            var ready = 0.0
            var pending: [(due: Int, total: Double)] = []
            var decisions: [PlanDecision] = []
            var time: Int64 = 0
            var steps: Int64 = 0
            for round in 0..<2_000 {
                if round > 0, round % 500 == 0 { steps += 1 } else { time += 10 }
                let demand = Double.random(in: 1...4, using: &generator) * (round / 200 % 2 == 0 ? 1 : 2)
                if let first = pending.first, first.due <= round {
                    ready = first.total
                    pending.removeFirst()
                }
                let now = time - steps * stepSeconds
                planner.feedback(at: now * 2 + Int64(round), demand: demand, available: ready, durationSeconds: 10)
                let decision = planner.plan(
                    at: now, demand: demand, forecast: demand + 1,
                    ladder: hasLadder ? .uniform(demand...(demand + 2)) : ForecastLadder(), ready: ready,
                    pending: pending.last.map { max(0, $0.total - ready) } ?? 0)
                decisions.append(decision)
                guard decision.change != 0 else { continue }
                if decision.change < 0 {
                    ready = decision.requestedTotal
                    pending = []
                } else if Int.random(in: 0..<3, using: &generator) == 0 {
                    planner.answered(isRefused: true, at: now * second)
                } else {
                    planner.answered(isRefused: false, at: now * second)
                    pending.append((round + Int.random(in: 1...6, using: &generator), decision.requestedTotal))
                }
            }
            return decisions
        }
        let still = run(stepSeconds: 0)
        let back = run(stepSeconds: 86_400)
        #expect(still.contains { $0.change > 0 } && still.contains { $0.change < 0 })
        for (round, (one, other)) in zip(still, back).enumerated() {
            #expect(
                one.change == other.change && one.cause == other.cause && one.target == other.target
                    && one.learnedLead == other.learnedLead,
                "round \(round): \(one.reasons), \(other.reasons)")
        }
    }

    @Test func agesAreKeptAndWhatStandsForNeverStays() throws {
        #expect(ClockStep(from: .min, to: 5) == nil && ClockStep(from: 5, to: 5) == nil && ClockStep(from: 4, to: 5) == nil)
        let step = try #require(ClockStep(from: 1_000, to: 100))
        #expect(step.moved(1_000) == 100 && step.moved(900) == 0 && step.moved(2_000) == 100)
        #expect(step.moved(.min) == .min)
        #expect(step.movedAhead(1_050) == 150 && step.movedAhead(900) == 100 && step.movedAhead(.max) == .max)
        let far = try #require(ClockStep(from: .max, to: .min + 1))
        #expect(far.moved(0) == .min && far.moved(.max) == .min + 1 && far.movedAhead(0) == .min + 1)
    }
}
