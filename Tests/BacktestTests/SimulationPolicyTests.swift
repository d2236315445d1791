import Aggregates
import Backtest
import TestSupport
import Testing

@Suite struct SimulationPolicyTests {
    /// Wants what a script says, whatever is seen.
    private struct Script: CapacityPolicy {
        var totals: [Double]

        mutating func wanted(_ sample: PolicySample) -> Double? { totals.removeFirst() }
    }

    private func series(_ values: [Double?], step: Int64 = 60) -> SimulatedSeries {
        SimulatedSeries(
            name: "web",
            resource: .cpu,
            timestampsSeconds: values.indices.map { Int64($0) * step },
            values: values
        )
    }

    @Test func requestShowsInAvailableAtTPlusLeadAndNotBefore() {
        let rows = Simulation.run(
            Script(totals: [1, 5, 5, 5, 2, 2]),
            on: series([1, 1, 1, 1, 1, 1]),
            lead: .constant(120)
        ).rows
        #expect(rows.map(\.requested) == [1, 5, 5, 5, 2, 2])
        // Wanted at 60 s, usable at 180 s; released at 240 s, gone from the next sample on.
        #expect(rows.map(\.available) == [1, 1, 1, 5, 5, 2])
        #expect(rows.map(\.timestampSeconds) == [0, 60, 120, 180, 240, 300])
    }

    @Test func leadBetweenTwoSamplesCountsFromTheNextSample() {
        let rows = Simulation.run(
            Script(totals: [3, 3, 3]),
            on: series([1, 1, 1]),
            lead: .constant(61)
        ).rows
        #expect(rows.map(\.available) == [1, 1, 3])
    }

    @Test func missingSampleChangesNothingAndIsNotScored() throws {
        let rows = Simulation.run(
            Script(totals: [4, 2]),
            on: series([nil, 2, nil, nil, 2]),
            lead: .constant(120)
        ).rows
        #expect(rows.map(\.demand) == [2, nil, nil, 2])
        #expect(rows.map(\.requested) == [4, 4, 4, 2])
        #expect(rows.map(\.available) == [2, 2, 4, 4])
        let score = try #require(SimulationScore(rows: rows, stepSeconds: 60, costRatio: 19))
        #expect(score.hold == 0.5)
        #expect(score.shortage == 0)
    }

    /// Demand 2, 6, 4 and 8, a mean of 5; capacity 4, 4, 4 and 6: 2 idle, 4 short.
    @Test func scoreIsWhatAHandFinds() throws {
        let rows = [(2.0, 4.0, 4.0), (6, 4, 4), (4, 6, 4), (8, 9, 6)].enumerated().map {
            PlanRow(
                timestampSeconds: Int64($0.offset) * 3_600,
                demand: $0.element.0,
                requested: $0.element.1,
                available: $0.element.2
            )
        }
        let score = try #require(SimulationScore(rows: rows, stepSeconds: 3_600, costRatio: 19))
        #expect(score.hold == 0.1)
        #expect(score.shortage == 0.2)
        #expect(score.violationTime == 0.5)
        #expect((score.cost - 3.9).magnitude < 1e-12)
        #expect(score.changesPerDay == 12, "2 changes in 4 h")
    }

    @Test func costDoesNotDependOnTheUnit() throws {
        var costs: [Double] = []
        for unit in [1.0, 1_024, 1_048_576] {
            let values = (0..<200).map { Double(20 + $0 * 7 % 13) * unit }
            let rows = Simulation.run(ReactivePolicy(), on: series(values), lead: .constant(300)).rows
            let score = SimulationScore(rows: rows, stepSeconds: 60, costRatio: 19)
            costs.append(try #require(score).cost)
        }
        #expect(costs.allSatisfy { ($0 - costs[0]).magnitude < 1e-9 })
    }

    @Test func seriesWithoutDemandHasNoScore() {
        let rows = Simulation.run(ReactivePolicy(), on: series([0, 0, 0]), lead: .constant(60)).rows
        #expect(SimulationScore(rows: rows, stepSeconds: 60, costRatio: 19) == nil)
    }

    @Test func reactiveGoesUpAtOnceAndDownToTheMaximumOfFiveMinutes() {
        var policy = ReactivePolicy()
        let wanted = [7.0, 14, 7, 7, 7, 7, 7, 3.5].enumerated().map { index, demand in
            policy.wanted(
                PolicySample(
                    timeNanoseconds: Int64(index) * 60_000_000_000,
                    demand: demand,
                    stepNanoseconds: 60_000_000_000,
                    ready: 0,
                    pending: 0
                )
            )
        }
        let expected = [7.0, 14, 14, 14, 14, 14, 14, 7].map { $0 / 0.7 }
        #expect(wanted == expected)
    }

    @Test func staticHoldsThePeakFromTheFirstSample() {
        let values = series([1, 9, 3])
        let rows = Simulation.run(StaticPolicy(series: values), on: values, lead: .constant(300)).rows
        #expect(rows.allSatisfy { $0.available == 9 && $0.requested == 9 })
    }

    @Test(arguments: PolicyKind.allCases)
    func everyPolicyGivesTheSamePlanForTheSameTrace(policy: PolicyKind) {
        let setup = SimulationSetup(lead: .constant(300), costRatio: 19, policies: [policy])
        var generator = SeededGenerator(seed: 3)
        let values = series((0..<500).map { _ in Double.random(in: 0...10, using: &generator) })
        #expect(policy.run(on: values, setup: setup) == policy.run(on: values, setup: setup))
    }

    /// Nothing later than a sample may be used: a plan does not change when the future does.
    @Test(arguments: PolicyKind.allCases.filter { $0 != .static })
    func noPolicySeesTheFuture(policy: PolicyKind) {
        let setup = SimulationSetup(lead: .constant(300), costRatio: 19, policies: [policy])
        var generator = SeededGenerator(seed: 4)
        let past = (0..<300).map { _ in Double.random(in: 0...10, using: &generator) }
        let calm = policy.run(on: series(past + Array(repeating: 1, count: 50)), setup: setup)
        let storm = policy.run(on: series(past + Array(repeating: 99, count: 50)), setup: setup)
        #expect(calm.rows.prefix(300) == storm.rows.prefix(300))
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func headroomNeverWantsLessThanPresentDemand(seed: UInt64) {
        let setup = SimulationSetup(lead: .constant(300), costRatio: 19, policies: [.headroom])
        var generator = SeededGenerator(seed: seed)
        var level = 10.0
        let values = (0..<1_000).map { _ in
            level *= Double.random(in: 0.8...1.25, using: &generator)
            return level
        }
        for row in PolicyKind.headroom.run(on: series(values), setup: setup).rows {
            #expect(row.requested >= row.demand! * (1 - 1e-9))
        }
    }

    @Test func poolIsTheSumWhereEveryMemberHasASample() throws {
        func member(_ name: String, _ times: [Int64], _ values: [Double?]) -> SimulatedSeries {
            SimulatedSeries(name: name, resource: .cpu, timestampsSeconds: times, values: values)
        }
        let a = member("a", [0, 60, 120, 180], [1, 2, nil, 4])
        let b = member("b", [60, 120, 180, 240], [10, 20, 40, 80])
        let aligned = try #require(PoolSeries.aligned([a, b]))
        #expect(aligned.map(\.values) == [[2, 4], [10, 40]])
        let sum = try #require(PoolSeries.sum(of: aligned, name: "pool"))
        #expect(sum.timestampsSeconds == [60, 180])
        #expect(sum.values == [12, 44])
        #expect(PoolSeries.aligned([a, member("c", [1], [1])]) == nil)
    }
}
