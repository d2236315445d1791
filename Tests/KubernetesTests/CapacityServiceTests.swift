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
        kinds: [ServedKind] = ServedKind.all, access: ((APITestServer) -> ClusterAccess)? = nil,
        _ body: (APITestServer, APIClient, ClusterCapacityService) async throws -> Value
    ) async throws -> Value {
        try await ClientFixture.with(kinds: kinds, access: access) { server, client in
            var settings = ChunkSettings(
                namespace: "shop", name: "headroom-{pool}", chunk: ChunkSize(cpuMilli: 1_000, memoryBytes: 2 << 30))
            settings.window = .zero
            settings.settling = .seconds(30)
            let service = ClusterCapacityService(client, settings, logger: ClientFixture.quiet)
            let running = Task { await service.run() }
            defer { running.cancel() }
            return try await body(server, client, service)
        }
    }

    private static func replicas(_ server: APITestServer, _ pool: String = "node") -> Int? {
        server.object(.capacityBuffers, "shop", "headroom-\(pool)")?.fields?["spec"]?.fields?["replicas"]?.integer
    }

    /// As Cluster Autoscaler has it once placeholders are there.
    private static func provision(_ server: APITestServer, _ replicas: Int, _ more: [JSON] = []) {
        server.edit(.capacityBuffers, "shop", "headroom-node", manager: "autoscaler") { json in
            var fields = json.fields ?? [:]
            fields["status"] = [
                "replicas": .integer(replicas), "podTemplateGeneration": 1,
                "podTemplateRef": ["name": "headroom-node"],
                "conditions": .array(
                    [
                        condition("ReadyForProvisioning", "True", "ok", ""),
                        condition("Provisioning", "True", "FakePodsInjected", ""),
                    ] + more),
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
            let bodies = server.requests("patch", "capacitybuffers").map(\.body)
            #expect(bodies.count == 1)
            #expect(bodies.first?.wholeMatch(of: /\{"metadata":\{"resourceVersion":"\d+"\},"spec":\{"replicas":6\}\}/) != nil, "\(bodies)")
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

    // MARK: - Bad weather

    @Test func aStormOfRefusalsIsWaitedOutAndAnswered() async throws {
        try await with { server, _, service in
            server.fail(.status(429, retryAfter: 0), next: 8)
            let answer = Task { await service.reserve(Self.request(1, amount: 4, demand: 2)) {} }
            try await server.until { Self.replicas($0) == 2 }
            Self.provision(server, 2)
            #expect(await answer.value == .granted(amount: 4))
            #expect(server.requests("create", "capacitybuffers").count == 1, "made once for all the refusals")
        }
    }

    @Test func aRotatedTokenOnlyDelays() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)")
        try Data(APITestServer.token.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try await with(access: { server in
            var access = ClientFixture.access(server)
            access.credential = .tokenFile(file.path)
            return access
        }) { server, _, service in
            let first = Task { await service.reserve(Self.request(1, amount: 3, demand: 2)) {} }
            try await server.until { Self.replicas($0) == 1 }
            Self.provision(server, 1)
            #expect(await first.value == .granted(amount: 3))
            try Data("second-token".utf8).write(to: file, options: .atomic)
            server.rotate(APITestServer.token, to: "second-token")
            let second = Task { await service.reserve(Self.request(2, amount: 5, demand: 2)) {} }
            try await server.until { Self.replicas($0) == 3 }
            Self.provision(server, 3)
            #expect(await second.value == .granted(amount: 5))
        }
    }

    @Test func aQuotaThatLimitsABufferIsAPartialAnswerInItsWords() async throws {
        try await with { server, _, service in
            let answer = Task { await service.reserve(Self.request(1, amount: 6, demand: 2)) {} }
            try await server.until { Self.replicas($0) == 4 }
            Self.provision(server, 1, [Self.condition("LimitedByQuotas", "True", "LimitedByQuotas", "quota spare is exhausted")])
            guard case .partial(let amount, let reason) = await answer.value else {
                Issue.record("no partial answer")
                return
            }
            #expect(amount == 3 && reason.contains("quota spare is exhausted"))
        }
    }

    @Test func aQuotaThatRefusesPausePodsIsADenialInItsWords() async throws {
        try await with(kinds: ServedKind.all.filter { $0.kind != "CapacityBuffer" }) { server, _, service in
            let answer = Task { await service.reserve(Self.request(1, amount: 4, demand: 2)) {} }
            try await server.until {
                $0.object(.deployments, "shop", "headroom-node")?.fields?["spec"]?.fields?["replicas"]?.integer == 2
            }
            server.edit(.deployments, "shop", "headroom-node", manager: "kube-controller-manager") { json in
                var fields = json.fields ?? [:]
                fields["status"] = [
                    "observedGeneration": fields["metadata"]?.fields?["generation"] ?? 1,
                    "conditions": [
                        Self.condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota: compute, requested: cpu=1")
                    ],
                ]
                json = .object(fields)
            }
            guard case .denied(let reason) = await answer.value else {
                Issue.record("no denial")
                return
            }
            #expect(reason.contains("exceeded quota: compute"))
        }
    }

    @Test func aCountThatSomebodyChangesIsSetAgainOnceAndCounted() async throws {
        try await with { server, _, service in
            let answer = Task { await service.reserve(Self.request(1, amount: 4, demand: 2)) {} }
            try await server.until { Self.replicas($0) == 2 }
            Self.provision(server, 2)
            _ = await answer.value
            Self.setReplicas(server, 7)
            try await server.until { Self.replicas($0) == 2 }
            Self.setReplicas(server, 7)
            // Two controllers do not chase each other: the second change stays for half a minute.
            try await Task.sleep(for: .milliseconds(300))
            #expect(Self.replicas(server) == 7)
            #expect(service.counts[.overridden] == 1)
        }
    }

    @Test func aTemplateThatSomebodyChangesIsPutBack() async throws {
        try await with { server, _, service in
            let answer = Task { await service.reserve(Self.request(1, amount: 4, demand: 2)) {} }
            try await server.until { Self.replicas($0) == 2 }
            Self.provision(server, 2)
            _ = await answer.value
            let before = try #require(Self.requestedCPU(server))
            server.edit(.podTemplates, "shop", "headroom-node") { json in
                Self.change(&json, ["template", "spec"]) { spec in
                    guard var container = spec.fields?["containers"]?.items?.first else { return }
                    Self.change(&container, ["resources", "requests"]) { $0 = ["cpu": "7", "memory": "2Gi"] }
                    Self.change(&spec, ["containers"]) { $0 = [container] }
                }
            }
            #expect(Self.requestedCPU(server) == "7" || service.counts[.templateRestored] == 1)
            try await server.until { Self.requestedCPU($0) == before }
            #expect(service.counts[.templateRestored] == 1)
        }
    }

    @Test func anObjectOfAnotherIsNotTouched() async throws {
        try await with { server, _, service in
            server.put(
                .capacityBuffers,
                [
                    "metadata": ["name": "headroom-node", "namespace": "shop"],
                    "spec": ["podTemplateRef": ["name": "theirs"], "replicas": 9],
                ])
            guard case .denied(let reason) = await service.reserve(Self.request(1, amount: 4, demand: 2), onPending: {})
            else {
                Issue.record("no denial")
                return
            }
            #expect(reason.contains("headroom-node") && Self.replicas(server) == 9)
        }
    }

    @Test func aKindThatIsTakenAwayIsReplacedByPausePods() async throws {
        try await with { server, _, service in
            let answer = Task { await service.reserve(Self.request(1, amount: 4, demand: 2)) {} }
            try await server.until { Self.replicas($0) == 2 }
            Self.provision(server, 2)
            _ = await answer.value
            server.setKinds(ServedKind.all.filter { $0.kind != "CapacityBuffer" })
            server.endWatches()
            try await server.until {
                $0.object(.deployments, "shop", "headroom-node")?.fields?["spec"]?.fields?["replicas"]?.integer == 2
            }
        }
    }

    @Test func poolsHaveObjectsOfTheirOwn() async throws {
        try await with { server, _, service in
            var other = Self.request(2, amount: 3, demand: 2)
            other.pool = "batch"
            let answers = [Self.request(1, amount: 4, demand: 2), other].map { request in
                Task { await service.reserve(request) {} }
            }
            try await server.until { Self.replicas($0) == 2 && Self.replicas($0, "batch") == 1 }
            for answer in answers { answer.cancel() }
        }
    }

    /// As Cluster Autoscaler says it.
    private static func condition(_ type: String, _ status: String, _ reason: String, _ message: String) -> JSON {
        [
            "type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message),
            "lastTransitionTime": .string(Date().formatted(.iso8601)),
        ]
    }

    private static func setReplicas(_ server: APITestServer, _ replicas: Int) {
        server.edit(.capacityBuffers, "shop", "headroom-node") { json in
            change(&json, ["spec", "replicas"]) { $0 = .integer(replicas) }
        }
    }

    private static func requestedCPU(_ server: APITestServer) -> String? {
        let template = server.object(.podTemplates, "shop", "headroom-node")?.fields?["template"]
        return template?.fields?["spec"]?.fields?["containers"]?.items?.first?
            .fields?["resources"]?.fields?["requests"]?.fields?["cpu"]?.text
    }

    private static func change(_ json: inout JSON, _ path: ArraySlice<String>, _ body: (inout JSON) -> Void) {
        guard let key = path.first else { return body(&json) }
        var fields = json.fields ?? [:]
        var value = fields[key] ?? [:]
        change(&value, path.dropFirst(), body)
        fields[key] = value
        json = .object(fields)
    }
}
