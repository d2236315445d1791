import Aggregates
import Planner
import Testing

@Suite struct PlanReasonTests {
    @Test func raiseSaysForecastSupplyAndRequest() {
        var planner = ResourcePlanner(
            resource: .cpu,
            configuration: ResourcePlanConfiguration(
                costRatio: 19,
                leadTimeNanoseconds: 300 * second,
                chunk: 1.5
            )
        )
        let decision = planner.plan(
            PoolDemand(
                timeNanoseconds: 0,
                demand: 6,
                quantileForecast: 11.4,
                ready: 9,
                topContributors: [
                    PoolContributor(name: "web", quantile: 6.25, inUse: 6.25),
                    PoolContributor(name: "db", quantile: 3, inUse: 3),
                ]
            )
        )
        #expect(
            decision.reasons == [
                "p95 of the pool's peak over 300 s is 11.4 cores; 9.0 cores ready; "
                    + "2 chunks of 1.5 cores requested",
                "largest on their own (p95): web 6.25 cores, db 3.0 cores",
            ]
        )
    }

    /// Peaks lie evenly between 10 and 12, and 19 times what is missing is paid: 8 are 3 short on
    /// average, of 12 is 1 idle.
    @Test(arguments: [
        (nil, "expected saving: that of 56.0 cores idle"), (0.04, "expected saving 2.24 an hour"),
        (1e-6, "expected saving 5.6e-05 an hour"),
    ] as [(Double?, String)])
    func aRaiseSaysWhatItSaves(holdPrice: Double?, told: String) throws {
        var planner = ResourcePlanner(
            resource: .cpu,
            configuration: ResourcePlanConfiguration(
                costRatio: 19, leadTimeNanoseconds: 300 * second, chunk: 4, holdPrice: holdPrice))
        var ladder = ForecastLadder()
        for level in [0, 0.5, 0.999_999] { ladder.append(level: level, value: 10 + 2 * level) }
        let decision = planner.plan(
            PoolDemand(
                timeNanoseconds: 0, demand: 9, quantileForecast: 11.9, ladder: ladder, ready: 8))
        #expect(decision.change == 4)
        #expect((try #require(decision.saving) - 56).magnitude < 0.01)
        #expect(try #require(decision.reasons.first).hasSuffix("1 chunk of 4.0 cores requested; " + told))
    }

    @Test func whatChangesNothingSavesNothing() {
        var planner = ResourcePlanner.cpu()
        let decision = planner.plan(at: 0, demand: 2, forecast: 2, ladder: .uniform(1...2), ready: 2)
        #expect(decision.change == 0 && decision.saving == nil && decision.savingPerHour == nil)
    }

    @Test func atMostThreeContributorsAreTold() throws {
        var planner = ResourcePlanner.cpu()
        let names = ["a", "b", "c", "d"]
        let decision = planner.plan(
            PoolDemand(
                timeNanoseconds: 0,
                demand: 1,
                quantileForecast: 1,
                ready: 1,
                topContributors: names.map { PoolContributor(name: $0, quantile: 1, inUse: 1) }
            )
        )
        let line = try #require(decision.reasons.last)
        #expect(line.contains("c 1.0 cores") && !line.contains("d 1.0"))
    }

    @Test func coldPlannerSaysThatItHasNoForecast() {
        var planner = ResourcePlanner.cpu()
        let decision = planner.plan(at: 0, demand: 2, ready: 0)
        #expect(
            decision.reasons == [
                "no forecast yet; the pool uses 2.0 cores; 0.0 cores ready; "
                    + "2 chunks of 1.0 cores requested"
            ]
        )
    }

    @Test func waitingSaysForHowLong() throws {
        var planner = ResourcePlanner.cpu()
        _ = planner.plan(at: 0, demand: 10, ready: 10)
        let decision = planner.plan(at: 100, demand: 2, ready: 10)
        let line = try #require(decision.reasons.first)
        #expect(line.hasSuffix("2.0 cores would do; the rest is released if so for another 500 s"))
    }

    @Test(
        arguments: [
            (11.4, .cpu, "11.4 cores"), (0.25, .cpu, "0.25 cores"), (0.004, .cpu, "0.004 cores"),
            (128, .cpu, "128 cores"), (99.96, .cpu, "100 cores"), (0, .cpu, "0.0 cores"),
            (512, .memory, "512 B"), (1_536, .memory, "1.5 KiB"),
            (268_435_456, .memory, "256 MiB"), (1_610_612_736, .memory, "1.5 GiB"),
            (2_097_152, .networkReceive, "2.0 MiB/s"), (0, .diskRead, "0 B/s"),
            (12.5, .requests, "12.5 requests/s"), (1e300, .requests, "1e+300 requests/s"),
            (.infinity, .memory, "unlimited"), (-.infinity, .diskRead, "-inf"), (.nan, .memory, "nan"),
        ] as [(Double, Resource, String)]
    )
    func amountsHaveUnitsThatPeopleUse(value: Double, resource: Resource, text: String) {
        #expect(Quantity.text(value, of: resource) == text)
    }

    /// Those that are none too: a table says of itself how many it has and which.
    @Test(
        arguments: [
            (0.95, "p95"), (0.999, "p99.9"), (0.5, "p50"), (.nan, "p?"), (.infinity, "p?"), (-1e300, "p?"),
        ] as [(Double, String)]
    )
    func quantilesReadAsPercentiles(fraction: Double, text: String) {
        #expect(Quantity.percentile(fraction) == text)
    }
}
