import Aggregates
import Planner
import TestSupport
import Testing

@Suite struct LearnedLeadTests {
    /// A planner told 60 s, and a provider that takes `lead` and shows what it owes as pending.
    /// Demand climbs, so that requests keep coming.
    private func planner(after requests: Int, taking lead: Int64) -> ResourcePlanner {
        var planner = ResourcePlanner(
            resource: .cpu,
            configuration: ResourcePlanConfiguration(
                costRatio: 19, leadTimeNanoseconds: 60 * second, chunk: 1))
        var ready = 0.0
        var owed: [(due: Int64, total: Double)] = []
        var asked = 0
        var time: Int64 = 0
        while asked < requests || !owed.isEmpty {
            while let first = owed.first, first.due <= time {
                ready = first.total
                owed.removeFirst()
            }
            let demand = Double(min(asked, requests - 1)) + 0.5
            let decision = planner.plan(
                at: time, demand: demand, ready: ready,
                pending: (owed.last?.total ?? ready) - ready)
            if decision.change > 0 {
                asked += 1
                owed.append((time + lead, decision.target))
            }
            time += 1
        }
        _ = planner.plan(at: time, demand: 0.5, ready: ready)
        return planner
    }

    @Test(arguments: [20, 300, 1_800] as [Int64])
    func whatTheProviderTakesIsLearned(lead: Int64) {
        let learned = planner(after: 40, taking: lead).leadTimeNanoseconds
        #expect(Double(learned) > 0.7 * Double(lead * second), "\(learned)")
        #expect(Double(learned) < 1.42 * Double(lead * second), "\(learned)")
    }

    @Test func whatTheConfigurationSaysStandsWhileItIsTrue() {
        #expect(planner(after: 40, taking: 60).leadTimeNanoseconds == 60 * second)
    }

    /// The host's ledger: what it has it gives at once, and that is not how long more of it takes.
    @Test func whatIsGivenAtOnceTeachesNothing() {
        #expect(planner(after: 40, taking: 1).leadTimeNanoseconds == 60 * second)
    }

    @Test func refusedAndPartialRequestsTeachNothing() {
        var planner = ResourcePlanner.cpu()
        for time in 0..<10_000 as Range<Int64> {
            // Nothing comes, or half a core of what was asked for.
            _ = planner.plan(
                at: time, demand: Double(10 + time % 7), ready: time % 100 < 50 ? 1 : 1.5)
        }
        #expect(planner.leadTimeNanoseconds == 300 * second)
    }

    @Test func aRequestThatWaitsForLongerThanAnyIsEvidenceAlready() throws {
        var planner = ResourcePlanner.cpu()
        _ = planner.plan(at: 0, demand: 10, ready: 0)
        _ = planner.plan(at: 299, demand: 10, ready: 0, pending: 10)
        #expect(planner.leadTimeNanoseconds == 300 * second)
        let decision = planner.plan(at: 3_600, demand: 10, ready: 0, pending: 10)
        #expect(planner.leadTimeNanoseconds == 7_200 * second)
        let told = decision.reasons.contains {
            $0.contains("7200 s or more, not the configured 300 s: one waits for longer already")
        }
        #expect(told, "\(decision.reasons)")
    }

    @Test func manyRequestsAtATimeAreNoTrouble() {
        var planner = ResourcePlanner.cpu()
        for time in 0..<100 as Range<Int64> {
            _ = planner.plan(
                at: time, demand: Double(time + 1), ready: 0, pending: Double(time))
        }
        _ = planner.plan(at: 1_000, demand: 100, ready: 100)
        #expect(planner.leadTimeNanoseconds >= 300 * second)
    }
}

@Suite struct HorizonBracketTests {
    @Test func aLeadThatIsAHorizonHasIt() {
        let bracket = HorizonBracket(lead: 300, horizons: [900, 60, 300])
        #expect(bracket.lower == 2 && bracket.upper == 2 && bracket.share == 0)
        #expect(bracket.leadNanoseconds == 300 && bracket.nearest == 2)
        #expect(bracket.value { Double($0) } == 2)
    }

    @Test func betweenTwoThePeakGrowsWithTheRoot() throws {
        let bracket = HorizonBracket(lead: 400, horizons: [900, 100])
        #expect(bracket.lower == 1 && bracket.upper == 0 && bracket.leadNanoseconds == 400)
        // √400 is half way between √100 and √900.
        #expect(bracket.share == 0.5)
        let value = try #require(bracket.value { $0 == 1 ? 10 : 20 })
        #expect(value == 15)
        #expect(bracket.value { $0 == 1 ? 10 : nil } == nil)
        #expect(bracket.value { $0 == 0 ? 10 : nil } == nil)
    }

    @Test(arguments: [(0, 60), (1, 60), (10_000, 900), (.max, 900)] as [(Int64, Int64)])
    func beyondThemTheNearestSpeaksAlone(lead: Int64, horizon: Int64) {
        let bracket = HorizonBracket(lead: lead, horizons: [60, 900])
        #expect(bracket.leadNanoseconds == horizon && bracket.lower == bracket.upper)
    }
}
