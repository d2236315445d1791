import Aggregates
import Capacity
import TestSupport
import Testing

@testable import KubernetesCapacity

@Suite struct CapacityChunkTests {
    let size = ChunkSize(cpuMilli: 2_000, memoryBytes: 4 << 30)

    @Test func aChunkIsReadFromCPUAndMemory() throws {
        #expect(ChunkSize("cpu=500m,memory=2Gi") == ChunkSize(cpuMilli: 500, memoryBytes: 2 << 30))
        #expect(
            ChunkSize("memory=1G,cpu=2") == ChunkSize(cpuMilli: 2_000, memoryBytes: 1_000_000_000)
        )
        for text in [
            "", "cpu=1", "cpu=1,memory=0", "cpu=1,cpu=2", "cpu=1,memory=1Gi,x=1", "cpu=a,memory=1",
        ] {
            #expect(ChunkSize(text) == nil, "\(text)")
        }
    }

    @Test func theScarcestResourceDecidesHowManyChunks() {
        var needs = PoolNeeds()
        needs.take(request(.cpu, 9, demand: 4))
        #expect(needs.chunks(of: size, maximum: nil) == 3)
        needs.take(request(.memory, Double(20 << 30), demand: 0))
        #expect(needs.chunks(of: size, maximum: nil) == 5)
        #expect(needs.chunks(of: size, maximum: 4) == 4)
        needs.take(request(.memory, 0, demand: 0))
        #expect(needs.chunks(of: size, maximum: nil) == 3)
    }

    @Test func withoutADemandAllOfItIsHeldIdle() {
        var needs = PoolNeeds()
        needs.take(request(.cpu, 9, demand: nil))
        #expect(needs.chunks(of: size, maximum: nil) == 5)
    }

    @Test func aDemandAboveTheAmountTakesNoChunk() {
        var needs = PoolNeeds()
        needs.take(request(.cpu, 3, demand: 4))
        #expect(needs.chunks(of: size, maximum: nil) == 0)
        #expect(needs.observe(.cpu, provided: 0, of: size, maximum: nil)?.ready == 3)
    }

    /// Whatever is asked for is covered, and one chunk fewer would not do.
    @Test func chunksCoverTheSpareAndNoMore() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2_000 {
            let size = ChunkSize(
                cpuMilli: Int.random(in: 1...64_000, using: &random),
                memoryBytes: Int.random(in: 1...(64 << 30), using: &random)
            )
            let resource: Resource = Bool.random(using: &random) ? .cpu : .memory
            let spare = Double.random(in: 0...1e4, using: &random) * (resource == .cpu ? 1 : 1e8)
            let chunk = size.amount(of: resource)!
            let count = size.count(covering: spare, of: resource)
            guard count < Int(Int32.max) else { continue }
            #expect(Double(count) * chunk >= spare - 2e-9 * chunk)
            #expect(count == 0 || Double(count - 1) * chunk < spare)
        }
    }

    @Test func whatIsThereIsNeverMoreThanWasAskedFor() {
        let asked = request(.cpu, 9, demand: 4)
        #expect(PoolNeeds.total(asked, chunks: 1, of: size) == 6)
        #expect(PoolNeeds.total(asked, chunks: 3, of: size) == 9)
        #expect(PoolNeeds.total(asked, chunks: 9, of: size) == 9)
    }

    @Test func observationsCountWhatIsMissingAsPending() {
        var needs = PoolNeeds()
        needs.take(request(.cpu, 9, demand: 4))
        let seen = needs.observe(.cpu, provided: 2, of: size, maximum: 10)
        #expect(seen == CapacityObservation(ready: 8, pending: 1, allocatable: 24))
        #expect(needs.observe(.memory, provided: 2, of: size, maximum: 10) == nil)
    }

    @Test func namesFitKubernetesAndStayApart() {
        var settings = ChunkSettings(namespace: "n", name: "headroom-{pool}", chunk: size)
        #expect(settings.objectName(pool: "node") == "headroom-node")
        let upper = settings.objectName(pool: "Web_1")
        let lower = settings.objectName(pool: "web-1")
        #expect(lower == "headroom-web-1")
        #expect(upper.hasPrefix("headroom-web-1-"))
        #expect(upper != settings.objectName(pool: "Web.1"))
        let long = settings.objectName(pool: String(repeating: "x", count: 300))
        #expect(long.count <= 63)
        #expect(settings.servesManyPools)
        settings.name = "web"
        #expect(settings.objectName(pool: "node") == "web")
        #expect(!settings.servesManyPools)
    }

    @Test func taintsAreReadAsKubectlWritesThem() {
        #expect(
            Toleration("dedicated=spare:NoSchedule")
                == Toleration(
                    key: "dedicated",
                    operator: "Equal",
                    value: "spare",
                    effect: "NoSchedule"
                )
        )
        #expect(
            Toleration("spot:NoExecute")
                == Toleration(key: "spot", operator: "Exists", effect: "NoExecute")
        )
        #expect(Toleration("spot") == Toleration(key: "spot", operator: "Exists"))
        for text in ["", ":NoSchedule", "a:Never", "=v"] {
            #expect(Toleration(text) == nil, "\(text)")
        }
    }

    func request(_ resource: Resource, _ amount: Double, demand: Double?) -> CapacityRequest {
        .of(resource, amount, demand: demand)
    }
}

extension CapacityRequest {
    static func of(
        _ resource: Resource,
        _ amount: Double,
        demand: Double?,
        pool: String = "node",
        id: UInt64 = 1
    ) -> CapacityRequest {
        var request = CapacityRequest(
            id: id,
            pool: pool,
            resource: resource,
            amount: amount,
            change: 0,
            requestedAtNanoseconds: 0,
            neededByNanoseconds: 0,
            reasons: ["a test"]
        )
        request.demand = demand
        return request
    }
}
