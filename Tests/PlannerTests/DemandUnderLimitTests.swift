import Planner
import TestSupport
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

    /// Against the quantile of what was really seen, from any beginning.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func theAllowanceIsExceededByATenthOfTheWindows(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var allowance = BurstAllowance()
        var above = 0
        for window in 0..<4_000 {
            let level = window < 2_000 ? 1.0 : 5.0
            let peak = 0.5 + level * Double.random(in: 0...1, using: &generator)
            if window >= 300, !(2_000..<2_300).contains(window), peak - 0.5 > allowance.amount {
                above += 1
            }
            allowance.observe(mean: 0.5, peak: peak)
        }
        #expect((0.06...0.14).contains(Double(above) / 3_400), "\(above)")
    }

    @Test func onePeakHoldsNoCapacityForLong() {
        var allowance = BurstAllowance()
        for _ in 0..<100 { allowance.observe(mean: 0.5, peak: 0.6) }
        let before = allowance.amount
        allowance.observe(mean: 0.5, peak: 2.5)
        for _ in 0..<30 { allowance.observe(mean: 0.5, peak: 0.6) }
        #expect(allowance.amount < before + 0.1, "\(before) -> \(allowance.amount)")
        allowance.observe(mean: 0.5, peak: .nan)
        #expect(allowance.amount.isFinite)
    }
}
