import Planner
import Testing

@Suite struct DemandUnderLimitTests {
    @Test func whoIsNotStoppedWantsWhatIsUsed() {
        #expect(DemandUnderLimit.estimate(use: 0.7, limit: 1, stalled: 0) == 0.7)
        #expect(DemandUnderLimit.estimate(use: 0.7, limit: 1, stalled: 0.009) == 0.7)
        #expect(DemandUnderLimit.estimate(use: 0.7, limit: .infinity, stalled: 1) == 0.7)
    }

    /// One task under a limit is stopped for what it does not get.
    @Test(arguments: [0.05, 0.2, 0.5, 0.8, 0.95])
    func aLimitThatFollowsTheEstimateReachesTheDemand(first: Double) {
        var limit = first
        var steps = 0
        while limit < 1 {
            let estimate = DemandUnderLimit.estimate(
                use: limit, limit: limit, stalled: 1 - limit)
            #expect(estimate > limit)
            limit = estimate
            steps += 1
        }
        #expect(steps <= 10)
        #expect(limit <= 1.25 + 1e-9)
    }

    @Test func peaksAreRememberedAndGivenUpByHalf() {
        var allowance = BurstAllowance()
        allowance.observe(mean: 0.5, peak: 1.5, at: 0)
        #expect(allowance.amount == 1)
        for second in 1...300 {
            allowance.observe(mean: 0.5, peak: 0.5, at: Int64(second) * 1_000_000_000)
        }
        #expect((allowance.amount - 0.5).magnitude < 0.01)
        allowance.observe(mean: 0.5, peak: .nan, at: 301_000_000_000)
        #expect(allowance.amount < 0.5 && allowance.amount > 0.49)
    }
}
