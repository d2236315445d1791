import Planner
import Testing

@Suite struct ResourcePlanConfigurationTests {
    @Test(arguments: [(1.0, 0.5), (3, 0.75), (9, 0.9), (19, 0.95), (99, 0.99)])
    func fractionIsShortageCostOverBothCosts(ratio: Double, fraction: Double) {
        let configuration = ResourcePlanConfiguration(
            costRatio: ratio,
            leadTimeNanoseconds: 0,
            chunk: 1
        )
        #expect((configuration.fraction - fraction).magnitude < 1e-12)
    }

    /// The fraction is where expected cost is least: checked against every level of a demand
    /// that is uniform on 1...100.
    @Test(arguments: [1.0, 4, 19])
    func fractionMinimisesExpectedCost(ratio: Double) throws {
        func cost(_ level: Double) -> Double {
            (1...100).reduce(0) { sum, demand in
                let gap = level - Double(demand)
                return sum + (gap >= 0 ? gap : -ratio * gap)
            }
        }
        let configuration = ResourcePlanConfiguration(
            costRatio: ratio,
            leadTimeNanoseconds: 0,
            chunk: 1
        )
        let least = try #require((1...100).map { cost(Double($0)) }.min())
        #expect((cost((100 * configuration.fraction).rounded(.up)) - least).magnitude < 1e-6)
    }

    @Test(arguments: [(19.0, 0.95), (99, 0.99), (1, 0.5), (0.1, 0.090909), (1e9, 0.999999)])
    func forecastIsAskedForAtTheFractionAsPeopleWriteIt(
        ratio: Double,
        quantile: Double
    ) {
        let configuration = ResourcePlanConfiguration(
            costRatio: ratio,
            leadTimeNanoseconds: 0,
            chunk: 1
        )
        #expect((configuration.forecastQuantile - quantile).magnitude < 1e-12)
    }
}
