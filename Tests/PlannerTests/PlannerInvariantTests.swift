import Aggregates
import Planner
import TestSupport
import Testing

/// Random demand, forecasts, grants and clocks: what must hold whatever comes.
@Suite struct PlannerInvariantTests {
    /// One random life of a planner. Grants may be late, partial or none.
    private struct Life {
        let maximum: Double
        private(set) var decisions: [PlanDecision] = []
        private(set) var accounting = PlanAccounting()

        init(seed: UInt64, rounds: Int = 2_000) {
            var generator = SeededGenerator(seed: seed)
            let chunk = [0.25, 1, 1.5, 7].randomElement(using: &generator)!
            maximum = [50, 200, Double.infinity].randomElement(using: &generator)!
            var planner = ResourcePlanner.cpu(chunk: chunk, minimum: chunk, maximum: maximum)
            var time: Int64 = 0
            var ready = 0.0
            var pending = 0.0
            var demand = 20.0
            for _ in 0..<rounds {
                let duration = Int64.random(in: 1...400, using: &generator)
                time += duration
                let factor = Double.random(in: 0.5...1.6, using: &generator)
                demand = max(0.01, min(500, demand * factor))
                if Bool.random(using: &generator) {
                    ready += pending
                    pending = 0
                }
                planner.feedback(
                    at: time,
                    demand: demand,
                    available: ready,
                    durationSeconds: duration
                )
                let knows = Double.random(in: 0...1, using: &generator) > 0.1
                let spread = Double.random(in: 0...2, using: &generator) * demand
                let decision = planner.plan(
                    at: time,
                    demand: demand,
                    forecast: knows ? demand * factor : nil,
                    // Every second life knows a distribution, as the agent does.
                    ladder: knows && seed % 2 == 0
                        ? .uniform(demand * factor - spread / 2...demand * factor + spread / 2) : ForecastLadder(),
                    ready: ready,
                    pending: pending,
                    coverage: Double.random(in: 0.8...1, using: &generator)
                )
                decisions.append(decision)
                if decision.change > 0 {
                    let share = [0, 0.5, 1, 1].randomElement(using: &generator)!
                    pending += decision.change * share
                } else if decision.change < 0 {
                    // A release cancels what is pending first.
                    let total = decision.requestedTotal
                    ready = min(ready, total)
                    pending = total - ready
                }
            }
            accounting = planner.accounting
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func targetCoversPresentDemandUnlessCapped(seed: UInt64) {
        let life = Life(seed: seed)
        for decision in life.decisions {
            if decision.isCapped {
                #expect(decision.target <= life.maximum)
            } else {
                #expect(decision.target >= decision.demand)
            }
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func releaseLeavesAtLeastWhatPresentDemandNeeds(seed: UInt64) {
        let releases = Life(seed: seed).decisions.filter { $0.change < 0 }
        #expect(!releases.isEmpty)
        for decision in releases {
            let left = decision.ready + decision.pending + decision.change
            #expect(decision.isCapped || left >= decision.demand * (1 - 1e-12))
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func targetsAreWholeChunks(seed: UInt64) {
        for decision in Life(seed: seed).decisions {
            let chunks = decision.target / decision.chunk
            #expect((chunks - chunks.rounded()).magnitude < 1e-9)
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func countersAddUp(seed: UInt64) {
        let life = Life(seed: seed)
        let accounting = life.accounting
        #expect(accounting.decisions == UInt64(life.decisions.count))
        #expect(accounting.requests == accounting.ups + accounting.downs)
        #expect(accounting.ups == UInt64(life.decisions.count { $0.change > 0 }))
        #expect(accounting.downs == UInt64(life.decisions.count { $0.change < 0 }))
        #expect(accounting.refusedInputs == 0)
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func sameInputGivesTheSameDecisionsBitForBit(seed: UInt64) {
        let first = Life(seed: seed)
        let second = Life(seed: seed)
        #expect(first.decisions == second.decisions)
        #expect(first.accounting == second.accounting)
        #expect(first.decisions.map(\.reasons) == second.decisions.map(\.reasons))
    }

    @Test(arguments: [0.3, 1, 7.77, 1_000])
    func constantDemandIsPlannedOnceAndForAll(demand: Double) {
        var planner = ResourcePlanner.cpu(chunk: 0.1)
        var ready = 0.0
        for step in 0..<1_000 {
            let decision = planner.plan(
                at: Int64(step) * 10,
                demand: demand,
                forecast: demand * 1.2,
                ready: ready
            )
            ready += decision.change
        }
        #expect(planner.accounting.requests == 1)
    }

    /// More falling needs within the hold time than the planner keeps: it may release later than
    /// it could, never below a need of that time.
    @Test func longSmoothFallIsNeverReleasedTooEarly() {
        var planner = ResourcePlanner.cpu(chunk: 1e-6)
        var ready = 1_000.0
        var needs: [Double] = []
        for time in 0..<3_000 {
            let demand = 1_000 * (1 - Double(time) / 3_001)
            needs.append(demand)
            let decision = planner.plan(at: Int64(time), demand: demand, ready: ready)
            guard decision.change < 0 else { continue }
            ready = decision.target
            #expect(ready >= needs.suffix(601).max()!)
        }
        #expect(ready < 500, "released \(1_000 - ready)")
    }
}
