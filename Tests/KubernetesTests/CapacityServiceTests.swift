import APITestServer
import Aggregates
import Capacity
import Foundation
import KubernetesAPI
import Synchronization
import Testing

@testable import KubernetesCapacity

/// From a request to objects in a cluster, and from what becomes of those to an answer.
@Suite struct CapacityServiceTests {
    private static func request(_ id: UInt64, amount: Double, demand: Double) -> CapacityRequest {
        var request = CapacityRequest(
            id: id, pool: "node", resource: .cpu, amount: amount, change: 1,
            requestedAtNanoseconds: 0, neededByNanoseconds: 0, reasons: ["because"])
        request.demand = demand
        return request
    }

    private func with<Value: Sendable>(
        kinds: [ServedKind] = ServedKind.all,
        _ body: (APITestServer, APIClient, ClusterCapacityService) async throws -> Value
    ) async throws -> Value {
        try await ClientFixture.with(kinds: kinds) { server, client in
            var settings = ChunkSettings(
                namespace: "shop", name: "headroom-{pool}", chunk: ChunkSize(cpuMilli: 1_000, memoryBytes: 2 << 30))
            settings.window = .zero
            settings.settling = .zero
            let service = ClusterCapacityService(client, settings, logger: ClientFixture.quiet)
            let running = Task { await service.run() }
            defer { running.cancel() }
            return try await body(server, client, service)
        }
    }

    private static func replicas(_ server: APITestServer) -> Int? {
        server.object(.capacityBuffers, "shop", "headroom-node")?.fields?["spec"]?.fields?["replicas"]?.integer
    }

    /// As Cluster Autoscaler has it once placeholders are there.
    private static func provision(_ server: APITestServer, _ replicas: Int) {
        server.edit(.capacityBuffers, "shop", "headroom-node", manager: "autoscaler") { json in
            var fields = json.fields ?? [:]
            let now = Date().formatted(.iso8601)
            fields["status"] = [
                "replicas": .integer(replicas), "podTemplateGeneration": 1,
                "podTemplateRef": ["name": "headroom-node"],
                "conditions": [
                    ["type": "ReadyForProvisioning", "status": "True", "reason": "ok", "message": "", "lastTransitionTime": .string(now)],
                    ["type": "Provisioning", "status": "True", "reason": "ok", "message": "", "lastTransitionTime": .string(now)],
                ],
            ]
            json = .object(fields)
        }
    }

    @Test func aRequestBecomesABufferAndItsConditionsTheAnswer() async throws {
        try await with { server, _, service in
            let pendings = Mutex(0)
            let answer = Task { await service.reserve(Self.request(1, amount: 4.5, demand: 2)) { pendings.withLock { $0 += 1 } } }
            try await server.until { Self.replicas($0) != nil }
            #expect(Self.replicas(server) == 3, "2.5 cores beside the workload, in chunks of one")
            #expect(server.object(.podTemplates, "shop", "headroom-node") != nil)
            Self.provision(server, 3)
            #expect(await answer.value == .granted(amount: 4.5), "never more than was asked for")
            #expect(pendings.withLock { $0 } == 1)
            // More is a patch of the one number.
            server.forgetRequests()
            let more = Task { await service.reserve(Self.request(2, amount: 8, demand: 2)) {} }
            try await server.until { Self.replicas($0) == 6 }
            #expect(server.requests("patch", "capacitybuffers").map(\.body) == [#"{"spec":{"replicas":6}}"#])
            Self.provision(server, 6)
            #expect(await more.value == .granted(amount: 8))
        }
    }

    @Test func aBufferThatSomebodyDeletesIsMadeAgain() async throws {
        try await with { server, _, service in
            let answer = Task { await service.reserve(Self.request(1, amount: 4, demand: 2)) {} }
            try await server.until { Self.replicas($0) == 2 }
            Self.provision(server, 2)
            _ = await answer.value
            server.remove(.capacityBuffers, "shop", "headroom-node")
            try await server.until { Self.replicas($0) == 2 }
        }
    }

    @Test func aServerThatIsDownLosesNoRequest() async throws {
        try await with { server, _, service in
            try await server.goDown()
            let answer = Task { await service.reserve(Self.request(1, amount: 4, demand: 2)) {} }
            try await server.comeUp()
            try await server.until { Self.replicas($0) == 2 }
            Self.provision(server, 2)
            #expect(await answer.value == .granted(amount: 4))
        }
    }

    @Test func whereThereAreNoBuffersPausePodsStandIn() async throws {
        try await with(kinds: ServedKind.all.filter { $0.kind != "CapacityBuffer" }) { server, _, service in
            let answer = Task { await service.reserve(Self.request(1, amount: 3.2, demand: 2)) {} }
            defer { answer.cancel() }
            try await server.until {
                $0.object(.deployments, "shop", "headroom-node")?.fields?["spec"]?.fields?["replicas"]?.integer == 2
            }
            let made = try #require(server.objects(.priorityClasses).first { $0.fields?["value"]?.integer == -10 })
            #expect(made.fields?["preemptionPolicy"]?.text == "Never")
            #expect(server.requests("patch", "deployments/headroom-node/scale").count == 1)
        }
    }
}
