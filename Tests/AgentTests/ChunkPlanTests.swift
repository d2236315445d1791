import Aggregates
import Capacity
import Planner
import TestSupport
import Testing

@testable import Agent

/// CPU and memory in whole chunks.
@Suite struct ChunkPlanTests {
    private static func configuration() -> EngineConfiguration {
        var configuration = EngineConfiguration.small()
        configuration.shapes = [
            ChunkShape(name: "small", cores: 2, memoryBytes: 0x1p30, price: 0.1),
            ChunkShape(name: "large", cores: 8, memoryBytes: 0x1p32, price: 0.35),
        ]
        return configuration
    }

    /// Every request is of whole chunks, both resources add up to the same ones, and demand is
    /// covered.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func requestsAreOfWholeChunks(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let live = try LiveRun(KernelScript(cgroups: 1), Self.configuration(), sink: CapturingSink())
        for second in 0..<600 {
            let level = second < 300 ? 3.0 : 9.0
            let cores = level + Double.random(in: 0...2, using: &generator)
            try live.tick { _ in .init(cores: cores, memoryBytes: cores * 2e8) }
        }
        let requests = live.engine.sink.requests
        #expect(!requests.isEmpty && requests.count < 60, "\(requests.count)")
        for (request, outcome) in requests {
            let counts = Dictionary(uniqueKeysWithValues: request.chunks.map { ($0.shape, $0.count) })
            let (small, large) = (Double(counts["small"] ?? 0), Double(counts["large"] ?? 0))
            let expected =
                request.resource == .cpu
                ? 2 * small + 8 * large : (small + 4 * large) * 0x1p30
            #expect(request.amount == expected, "\(request)")
            #expect(outcome == .granted(amount: expected))
            #expect(request.reasons.first?.hasPrefix("cpu and memory come together, as ") == true)
        }
        let last = try #require(live.engine.sink.plans.last { $0.decision.resource == .cpu }).decision
        #expect(last.ready >= last.demand)
        #expect(last.ready == live.provider.granted(pool: "node", resource: .cpu))
        // Steady from then on: whole chunks are no excess to be given back.
        let before = live.engine.sink.requests.count
        for _ in 0..<200 { try live.tick { _ in .init(cores: 10, memoryBytes: 2e9) } }
        #expect(live.engine.sink.requests.count - before <= 4)
    }

    @Test func aRefusedChunkIsAskedForAgainAfterALead() throws {
        let live = try LiveRun(
            KernelScript(cgroups: 1), Self.configuration(), sink: CapturingSink(),
            facts: HostFacts(cores: 3, memoryBytes: 64e9))
        for _ in 0..<200 { try live.tick { _ in .init(cores: 2.5, memoryBytes: 1e8) } }
        let cpu = live.engine.sink.requests.filter { $0.request.resource == .cpu }
        // Two small ones are 4 cores: the node gives three.
        #expect(cpu.allSatisfy { $0.request.amount >= 2 })
        #expect((2...8).contains(cpu.count), "\(cpu.count)")
    }
}
