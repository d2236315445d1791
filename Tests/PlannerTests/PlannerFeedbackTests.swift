import Aggregates
import Planner
import TestSupport
import Testing

@Suite struct PlannerFeedbackTests {
    /// 10 s at 2 short, 5 s at 3 idle, 1 s met exactly.
    @Test func accountingIsWhatAHandFinds() {
        var planner = ResourcePlanner.cpu()
        planner.feedback(at: 10, demand: 6, available: 4, durationSeconds: 10)
        planner.feedback(at: 15, demand: 1, available: 4, durationSeconds: 5)
        planner.feedback(at: 16, demand: 4, available: 4)
        let accounting = planner.accounting
        #expect(accounting.shortageUnitSeconds == 20)
        #expect(accounting.shortageSeconds == 10)
        #expect(accounting.heldUnitSeconds == 15)
        #expect(accounting.observedSeconds == 16)
        #expect(accounting.cost(ratio: 19) == 395)
    }

    @Test(arguments: [
        PlanExecution(timeNanoseconds: 9, durationNanoseconds: 1, demand: .nan, available: 1),
        PlanExecution(timeNanoseconds: 9, durationNanoseconds: 1, demand: 1, available: -1),
        PlanExecution(timeNanoseconds: 9, durationNanoseconds: 0, demand: 1, available: 1),
        PlanExecution(timeNanoseconds: 5, durationNanoseconds: 1, demand: 1, available: 1),
    ])
    func unusableExecutionIsCountedAndNothingElse(execution: PlanExecution) {
        var planner = ResourcePlanner.cpu()
        planner.feedback(
            PlanExecution(timeNanoseconds: 5, durationNanoseconds: 1, demand: 1, available: 1)
        )
        let before = planner.accounting
        planner.feedback(execution)
        #expect(planner.accounting.refusedInputs == before.refusedInputs + 1)
        #expect(planner.accounting.observedSeconds == before.observedSeconds)
        #expect(planner.accounting.shortageUnitSeconds == 0)
    }

    /// Demand is uniform on 10...20, drawn anew every interval, and capacity comes one interval
    /// after it was asked for. Whatever constant the forecaster says, the executed plan ends up
    /// covering demand as often as the fraction, 0.95, asks: truth is 19.5.
    @Test(arguments: [12.0, 15, 19.5, 23])
    func executedPlanCoversTheFractionUnderABiasedForecast(forecast: Double) {
        var planner = ResourcePlanner.cpu(chunk: 1e-6, downHysteresis: 0, downHoldSeconds: 0)
        var generator = SeededGenerator(seed: 7)
        var available = 0.0
        var covered = 0
        let burnIn = 2_000
        let intervals = 42_000
        for interval in 1...intervals {
            let time = Int64(interval) * 300
            let demand = Double.random(in: 10...20, using: &generator)
            if interval > burnIn && demand <= available { covered += 1 }
            planner.feedback(at: time, demand: demand, available: available, durationSeconds: 300)
            let decision = planner.plan(
                at: time,
                demand: demand,
                forecast: forecast,
                ready: available
            )
            available = decision.requestedTotal
        }
        let share = Double(covered) / Double(intervals - burnIn)
        #expect((0.947...0.953).contains(share), "covered \(share)")
    }

    @Test func correctionStaysWithinItsBoundWhenNoCapacityEverComes() throws {
        var planner = ResourcePlanner.cpu(chunk: 1e-6)
        var last: PlanDecision?
        for interval in 1...5_000 {
            let time = Int64(interval) * 300
            planner.feedback(at: time, demand: 10, available: 0, durationSeconds: 300)
            // The provider says that all of it is there, and it never is.
            last = planner.plan(at: time, demand: 10, forecast: 12, ready: 1e6)
        }
        // The series' scale is its distance to the forecast, 2; the bound is four of them.
        let correction = try #require(last).correction
        #expect((correction - 8).magnitude < 1e-9)
    }

    @Test func shortageOfADeniedRequestTeachesNothing() throws {
        var planner = ResourcePlanner.cpu(chunk: 1e-6)
        var last: PlanDecision?
        for interval in 1...1_000 {
            let time = Int64(interval) * 300
            last = planner.plan(at: time, demand: 10, forecast: 12, ready: 5)
            if interval > 1 {
                planner.feedback(at: time, demand: 10, available: 5, durationSeconds: 300)
            }
        }
        #expect(try #require(last).correction == 0)
        #expect(planner.accounting.shortageSeconds == 999 * 300)
    }

    @Test func shortageAtTheConfiguredMaximumTeachesNothing() throws {
        var planner = ResourcePlanner.cpu(maximum: 5)
        var last: PlanDecision?
        for interval in 1...100 {
            let time = Int64(interval) * 300
            last = planner.plan(at: time, demand: 10, forecast: 12, ready: 5)
            planner.feedback(at: time, demand: 10, available: 5, durationSeconds: 300)
        }
        #expect(try #require(last).correction == 0)
    }
}
