import Aggregates
import Planner
import TestSupport
import Testing

/// What a planner learned goes to words and back.
@Suite struct PlannerStateTests {
    private static let lead: Int64 = 60
    private static func planner() -> ResourcePlanner {
        ResourcePlanner(
            resource: .cpu,
            configuration: ResourcePlanConfiguration(
                costRatio: 19, leadTimeNanoseconds: lead * second, chunk: 0.25))
    }

    /// Plans for a bursty demand, whose requests take four times the configured lead.
    private static func live(
        _ planner: inout ResourcePlanner, _ seconds: Range<Int64>, seed: UInt64
    ) -> [PlanDecision] {
        var generator = SeededGenerator(seed: seed)
        var ready = 0.0
        var pending: [(due: Int64, amount: Double)] = []
        return seconds.map { time in
            for grant in pending where grant.due <= time { ready += grant.amount }
            pending.removeAll { $0.due <= time }
            let demand = Double.random(in: 1...2, using: &generator) + (time / 600 % 2 == 0 ? 3 : 0)
            planner.feedback(
                PlanExecution(
                    timeNanoseconds: time * second, durationNanoseconds: second, demand: demand,
                    available: ready))
            let decision = planner.plan(
                PoolDemand(
                    timeNanoseconds: time * second, demand: demand, quantileForecast: 5,
                    ladder: .uniform(1...5), ready: ready,
                    pending: pending.reduce(0) { $0 + $1.amount }))
            if decision.change > 0 { pending.append((time + 4 * lead, decision.change)) }
            if decision.change < 0 { ready += decision.change }
            return decision
        }
    }

    @Test func aRestoredPlannerKnowsWhatTheFirstOneLearned() throws {
        var first = Self.planner()
        _ = Self.live(&first, 1..<20_000, seed: 1)
        let learned = first.learned
        #expect(learned.count < 250)
        #expect(first.leadTimeNanoseconds > 2 * Self.lead * second)

        var second = Self.planner()
        let isRestored = second.restore(learned)
        #expect(isRestored)
        #expect(second.learned == learned)
        #expect(second.leadTimeNanoseconds == first.leadTimeNanoseconds)
        var fresh = Self.planner()
        let restored = Self.live(&second, 20_100..<20_600, seed: 2)
        let unlearned = Self.live(&fresh, 20_100..<20_600, seed: 2)
        let trust = try #require(restored.compactMap(\.optimised).first?.trust)
        #expect(trust > 0.8, "judged before, and so trusted: \(trust)")
        #expect(unlearned.compactMap(\.optimised).allSatisfy { $0.trust < 0.2 })
        // What is needed is asked for at once: nothing that a change has to pay for is carried over.
        #expect(restored[0].change > 0)
    }

    @Test func whatCannotBeTrueIsRefusedAndChangesNothing() {
        var first = Self.planner()
        _ = Self.live(&first, 1..<3_000, seed: 3)
        let learned = first.learned
        var planner = Self.planner()
        let fresh = planner.learned
        for words in [[], learned + [0], Array(learned.dropLast())] {
            let isRestored = planner.restore(words)
            #expect(!isRestored && planner.learned == fresh)
        }
        var generator = SeededGenerator(seed: 4)
        var refused = 0
        for _ in 0..<2_000 {
            var forged = learned
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: forged.indices, using: &generator)
                forged[place] =
                    Bool.random(using: &generator)
                    ? UInt64.random(in: 0 ... .max, using: &generator)
                    : forged[place] ^ (1 << UInt64.random(in: 0..<64, using: &generator))
            }
            planner = Self.planner()
            guard planner.restore(forged) else {
                refused += 1
                #expect(planner.learned == fresh)
                continue
            }
            for decision in Self.live(&planner, 3_100..<3_110, seed: 5) {
                #expect(decision.target.isFinite && decision.change.isFinite)
                #expect(decision.target >= decision.demand)
            }
        }
        #expect(refused > 500, "\(refused)")
    }
}
