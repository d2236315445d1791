import Aggregates
import Capacity
import Planner
import Testing

@testable import Agent

@Suite struct AgentOptionsTests {
    /// On 8 cores: what is planned at most, given chunk, minimum and maximum.
    @Test(arguments: [
        (0.25, 0.0, Double.infinity, 8.0), (0.25, 0, 4, 4), (3, 0, .infinity, 8),
        // A node smaller than a chunk, or than the minimum: what was configured stands.
        (16, 0, .infinity, 16), (1, 12, .infinity, 12), (1, 12, 20, 12),
        // A minimum that is no whole number of chunks: the next that is must fit.
        (3, 10, .infinity, 13), (3, 10, 12, 12), (0.1, 8.05, .infinity, 8.15),
    ])
    func plansAskForNoMoreThanTheNodeHas(
        chunk: Double,
        minimum: Double,
        maximum: Double,
        expected: Double
    ) {
        var options = AgentOptions()
        options.engine.plans = [
            PlannedResource(
                resource: .cpu,
                configuration: ResourcePlanConfiguration(
                    costRatio: 19,
                    leadTimeNanoseconds: 0,
                    chunk: chunk,
                    minimum: minimum,
                    maximum: maximum
                )
            )
        ]
        let limited = options.limited(to: HostFacts(cores: 8, memoryBytes: 1e9))
        let configuration = limited.engine.plans[0].configuration
        #expect(abs(configuration.maximum - expected) < 1e-9)
        #expect(configuration.holdsWholeChunks)
    }
}
