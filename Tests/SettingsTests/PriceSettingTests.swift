import Agent
import Aggregates
import Planner
import Testing

@testable import Settings

@Suite struct PriceSettingTests {
    private func plans(_ text: String) throws -> [ResourcePlanConfiguration] {
        try ConfigurationFixture(text).load().settings.options.engine.plans.map(\.configuration)
    }

    /// A core for 0.036 an hour is 1e-5 a second; missing for a second it costs 1e-3.
    @Test func bothPricesAreACostRatio() throws {
        let plans = try plans(
            "plan: {cost_ratio: 4, cpu: {hold_price: 0.036, short_price: 1e-3}, memory: {hold_price: 0.5}}")
        #expect((plans[0].costRatio - 100).magnitude < 1e-9 && plans[0].holdPrice == 0.036)
        // Held for a price alone decides nothing; a GiB is charged for, a byte is planned.
        #expect(plans[1].costRatio == 4 && plans[1].holdPrice == 0.5 / 0x1p30)
    }

    @Test func aPoolHasPricesOfItsOwnAndTheNodesForTheRest() throws {
        let plans = try plans(
            """
            plan: {resources: [cpu], cpu: {hold_price: 0.036, short_price: 1e-3}}
            pools:
              - {name: a, cgroups: [/a], cpu: {short_price: 1e-2}}
              - {name: b, cgroups: [/b], cpu: {hold_price: 0.072}}
              - {name: c, cgroups: [/c], cost_ratio: 9}
              - {name: d, cgroups: [/d]}
              - {name: e, cgroups: [/e], cpu: {cost_ratio: 3, hold_price: 0.018}}
            """)
        let expected: [(Double, Double)] = [
            (100, 0.036), (1_000, 0.036), (50, 0.072), (9, 0.036), (100, 0.036), (3, 0.018),
        ]
        #expect(plans.count == expected.count)
        for (plan, (ratio, hold)) in zip(plans, expected) {
            #expect((plan.costRatio - ratio).magnitude < 1e-9 && plan.holdPrice == hold)
        }
    }

    @Test(arguments: [
        ("plan: {cpu: {short_price: 1}}", "plan.cpu.short_price: without a hold_price it says nothing"),
        (
            "plan: {cpu: {hold_price: 1, short_price: 1, cost_ratio: 3}}",
            "plan.cpu.short_price: prices and a cost ratio are given; expected one of them"
        ),
        (
            "plan: {cpu: {hold_price: 1e-9, short_price: 1e9}}",
            "plan.cpu.short_price: an hour short costs"
        ),
        ("plan: {cpu: {hold_price: 0}}", "plan.cpu.hold_price: \"0\" is out of range"),
        ("plan: {cpu: {hold_price: -1}}", "expected a price from 1e-9 to 1e9, such as 0.1"),
        (
            "pools: [{name: a, cgroups: [/a], cpu: {short_price: 1}}]",
            "pools: a, cpu: without a hold_price it says nothing"
        ),
        (
            "pools: [{name: a, cgroups: [/a], cpu: {hold_price: 1, short_price: 1, cost_ratio: 1}}]",
            "pools: a, cpu: prices and a cost ratio are given"
        ),
    ])
    func whatMakesNoSenseIsRefused(text: String, told: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationFixture(text).load()
        }
        #expect(error?.problems.contains { "\($0)".contains(told) } == true, "\(error?.problems ?? [])")
    }
}
