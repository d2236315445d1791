import Aggregates
import Planner
import Testing

@testable import Agent
@testable import Telemetry

/// What is told of plans is of what is planned.
@Suite struct JournalTests {
    private static func report(_ name: String, _ scope: PlanScope) -> PoolReport {
        PoolReport(
            name: name, scope: scope, allocatable: 8, quantile: 0.95, coverage: nil, maturedForecasts: 0,
            ladder: ForecastLadder(), horizonNanoseconds: 60_000_000_000, quantiles: [0.95])
    }

    private static func decision(_ resource: Resource) -> PlanDecision {
        var planner = ResourcePlanner(
            resource: resource, configuration: ResourcePlanConfiguration(costRatio: 19, leadTimeNanoseconds: 60, chunk: 1))
        return planner.plan(PoolDemand(timeNanoseconds: 7, demand: 3, quantileForecast: nil, ready: 0))
    }

    @Test func plansThatAreMadeNoMoreAreForgotten() {
        var journal = Journal()
        for tick in 0..<40 {
            journal.plan(Self.decision(.cpu), Self.report("node", .node))
            // Until the configuration is read again: memory, a pool and a cgroup's limit.
            if tick < 20 {
                journal.plan(Self.decision(.memory), Self.report("node", .node))
                journal.plan(Self.decision(.cpu), Self.report("web", .pool(0)))
                // One window in five has no sample.
                if tick % 5 != 4 { journal.plan(Self.decision(.cpu), Self.report("/app", .cgroup("/app"))) }
            }
            journal.endTick()
            if tick < 25 { #expect(journal.plans.count == 2 && journal.otherPlans.count == 2, "\(tick)") }
        }
        #expect(Array(journal.plans.keys) == [.cpu] && journal.otherPlans.isEmpty)
    }

    @Test func aClockThatWasSetBackIsCountedAmongEvents() {
        var journal = Journal()
        journal.event(.clockSetBack(nanoseconds: 3_600_000_000_000, timeNanoseconds: 9))
        #expect(journal.eventCounts == ["clock_set_back": 1])
        #expect(journal.events.all.map { String(decoding: $0, as: UTF8.self) }.first?.contains("\"by_ns\":3600000000000") == true)
    }
}
