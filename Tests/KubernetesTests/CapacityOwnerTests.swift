import APITestServer
import Aggregates
import ArgumentParser
import Capacity
import KubernetesAPI
import Synchronization
import Testing

@testable import KubernetesCapacity
@testable import headroom_connect

/// Of several that could write an object's count only one does: the owner, and of planners the active one.
@Suite struct CapacityOwnerTests {
    private static func request(_ id: UInt64, amount: Double) -> CapacityRequest {
        var request = CapacityRequest(
            id: id, pool: "node", resource: .cpu, amount: amount, change: 1, requestedAtNanoseconds: 0,
            neededByNanoseconds: 0, reasons: ["because"])
        request.demand = 2
        return request
    }

    private final class Lead: Sendable {
        private let isOurs = Mutex(true)
        var mayAct: Bool { isOurs.withLock { $0 } }
        func lose() { isOurs.withLock { $0 = false } }
    }

    private func with(
        owners: [String] = ["n1"], kinds: [ServedKind] = ServedKind.all, _ lead: Lead = Lead(),
        _ body: (APITestServer, [ClusterCapacityService]) async throws -> Void
    ) async throws {
        let isPatient: (inout APIClientOptions) -> Void = { $0.retries = 1_000 }
        try await ClientFixture.with(kinds: kinds, options: isPatient) { server, client in
            let services = owners.map { owner in
                var settings = ChunkSettings(
                    namespace: "shop", name: "shared", chunk: ChunkSize(cpuMilli: 1_000, memoryBytes: 2 << 30), owner: owner)
                settings.window = .zero
                return ClusterCapacityService(client, settings, mayAct: { lead.mayAct }, logger: ClientFixture.quiet)
            }
            let running = services.map { service in Task { await service.run() } }
            defer { for task in running { task.cancel() } }
            try await body(server, services)
        }
    }

    private static func replicas(_ server: APITestServer, _ kind: ServedKind = .capacityBuffers) -> Int? {
        server.object(kind, "shop", "shared")?.fields?["spec"]?.fields?["replicas"]?.integer
    }

    private static func owner(_ server: APITestServer, _ kind: ServedKind = .capacityBuffers) -> String? {
        server.object(kind, "shop", "shared")?.fields?["metadata"]?.fields?["annotations"]?.fields?["headroom.io/owner"]?.text
    }

    private static func set(_ server: APITestServer, _ kind: ServedKind, _ replicas: Int) {
        server.edit(kind, "shop", "shared") { json in
            var fields = json.fields ?? [:]
            var spec = fields["spec"]?.fields ?? [:]
            spec["replicas"] = .integer(replicas)
            fields["spec"] = .object(spec)
            json = .object(fields)
        }
    }

    // MARK: Owners

    @Test func eachNodeHasObjectsOfItsOwn() throws {
        func name(_ node: String) throws -> String {
            let command = try KubernetesCommand.parse(["--node", node])
            return command.chunks.settings(namespace: "headroom", node: command.node.name).objectName(pool: "node")
        }
        #expect(try name("n1") == "headroom-n1-node")
        #expect(try name("n2") == "headroom-n2-node")
        let names = try ["a.example.com", "a-example.com", "a-example-com", "A.example.com"].map(name)
        #expect(Set(names).count == 4)
        #expect(names.allSatisfy { $0.wholeMatch(of: /[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/) != nil }, "\(names)")
        let fleet = try FleetCommand.parse(["--prometheus", "http://p"])
        let settings = fleet.chunks.settings(namespace: "headroom", node: nil)
        #expect(settings.objectName(pool: "fleet") == "headroom-fleet" && settings.owner == "fleet", "all planners the same")
        #expect(throws: (any Error).self) {
            try FleetCommand.parse(["--prometheus", "http://p", "--buffer", "headroom-{node}"])
        }
    }

    @Test(arguments: [true, false]) func whatAnotherNodeKeepsIsLeftAlone(hasBuffers: Bool) async throws {
        let kind: ServedKind = hasBuffers ? .capacityBuffers : .deployments
        try await with(
            owners: ["n1", "n2"], kinds: ServedKind.all.filter { hasBuffers || $0.kind != "CapacityBuffer" }
        ) { server, services in
            let first = Task { await services[0].reserve(Self.request(1, amount: 4)) {} }
            defer { first.cancel() }
            try await server.until { Self.replicas($0, kind) == 2 && Self.owner($0, kind) == "n1" }
            guard case .denied(let reason) = await services[1].reserve(Self.request(1, amount: 9), onPending: {}) else {
                Issue.record("two nodes would fight over one count")
                return
            }
            #expect(reason.contains(#"is kept by "n1", and this is "n2""#) && reason.contains("{node}"), "\(reason)")
            #expect(Self.replicas(server, kind) == 2 && Self.owner(server, kind) == "n1")
        }
    }

    /// As versions before this one made them.
    @Test func anObjectThatNamesNoOwnerIsTheFirstOnes() async throws {
        try await with { server, services in
            server.put(
                .capacityBuffers,
                [
                    "metadata": [
                        "name": "shared", "namespace": "shop", "labels": ["app.kubernetes.io/managed-by": "headroom"],
                    ],
                    "spec": ["podTemplateRef": ["name": "shared"], "replicas": 2],
                ])
            let answer = Task { await services[0].reserve(Self.request(1, amount: 4)) {} }
            defer { answer.cancel() }
            try await server.until { Self.owner($0) == "n1" }
            #expect(Self.replicas(server) == 2)
        }
    }

    // MARK: Whoever lost the lease

    @Test(arguments: [true, false]) func aWriteThatWasLongOnItsWayUndoesNothing(hasBuffers: Bool) async throws {
        let kind: ServedKind = hasBuffers ? .capacityBuffers : .deployments
        let lead = Lead()
        try await with(kinds: ServedKind.all.filter { hasBuffers || $0.kind != "CapacityBuffer" }, lead) { server, services in
            let first = Task { await services[0].reserve(Self.request(1, amount: 4)) {} }
            defer { first.cancel() }
            try await server.until { Self.replicas($0, kind) == 2 }
            // The path to the server stalls, with the next count on it.
            server.fail(.hold, verb: "patch", path: hasBuffers ? "capacitybuffers" : "/scale")
            let second = Task { await services[0].reserve(Self.request(2, amount: 8)) {} }
            try await server.until { $0.held == 1 }
            lead.lose()
            second.cancel()
            await services[0].standDown()
            Self.set(server, kind, 17)
            server.release()
            try await Task.sleep(for: .milliseconds(300))
            #expect(Self.replicas(server, kind) == 17, "what the new active one wrote stays")
        }
    }

    @Test func whatIsTriedAgainIsNotTriedOnceAnotherActs() async throws {
        let lead = Lead()
        try await with(lead) { server, services in
            let first = Task { await services[0].reserve(Self.request(1, amount: 4)) {} }
            defer { first.cancel() }
            try await server.until { Self.replicas($0) == 2 }
            server.fail(.status(503), next: 1_000_000, verb: "patch", path: "capacitybuffers")
            server.forgetRequests()
            let second = Task { await services[0].reserve(Self.request(2, amount: 8)) {} }
            try await server.until { $0.requests("patch", "capacitybuffers").count >= 3 }
            lead.lose()
            second.cancel()
            await services[0].standDown()
            server.clearFaults()
            try await Task.sleep(for: .milliseconds(100))
            server.forgetRequests()
            try await Task.sleep(for: .milliseconds(400))
            #expect(server.requests("patch", "capacitybuffers").isEmpty && Self.replicas(server) == 2)
        }
    }

    @Test func theLeaseIsAskedForBeforeEachWrite() async throws {
        let lead = Lead()
        try await with(lead) { server, services in
            server.fail(.hold, verb: "patch", path: "podtemplates")
            let answer = Task { await services[0].reserve(Self.request(1, amount: 4)) {} }
            defer { answer.cancel() }
            try await server.until { $0.held == 1 }
            lead.lose()
            server.release()
            try await Task.sleep(for: .milliseconds(300))
            #expect(Self.replicas(server) == nil, "the template was on its way, the buffer was not")
            #expect(services[0].counts[.failed] == 0)
        }
    }

    @Test func aRequestThatWasCalledOffBeforeItBeganIsNotTaken() async throws {
        try await with { server, services in
            let called = Task {
                while !Task.isCancelled { await Task.yield() }
                return await services[0].reserve(Self.request(1, amount: 4)) {}
            }
            called.cancel()
            let answer = await called.value
            guard case .denied = answer else {
                Issue.record("\(answer)")
                return
            }
            try await Task.sleep(for: .milliseconds(200))
            #expect(Self.replicas(server) == nil)
        }
    }

    /// A status that an autoscaler writes makes an object another, and is no reason to give up.
    @Test func aCountThatWasDecidedOnAnOlderObjectIsDecidedAnew() async throws {
        try await with { server, services in
            let first = Task { await services[0].reserve(Self.request(1, amount: 4)) {} }
            defer { first.cancel() }
            try await server.until { Self.replicas($0) == 2 }
            server.fail(.status(409), next: 2, verb: "patch", path: "capacitybuffers")
            let second = Task { await services[0].reserve(Self.request(2, amount: 8)) {} }
            defer { second.cancel() }
            try await server.until { Self.replicas($0) == 6 }
            #expect(services[0].counts[.outdated] == 2 && services[0].counts[.failed] == 0)
        }
    }

    /// A count that somebody changes is set again at once: a write that came to nothing is none of those that are rare.
    @Test(arguments: [true, false]) func aCountIsSetAgainAtOnceThoughItsObjectChangesMeanwhile(hasBuffers: Bool) async throws {
        let kind: ServedKind = hasBuffers ? .capacityBuffers : .deployments
        try await with(kinds: ServedKind.all.filter { hasBuffers || $0.kind != "CapacityBuffer" }) { server, services in
            let first = Task { await services[0].reserve(Self.request(1, amount: 4)) {} }
            defer { first.cancel() }
            try await server.until { Self.replicas($0, kind) == 2 }
            // It knows that it was written.
            try await Task.sleep(for: .milliseconds(200))
            server.fail(.status(409), next: 1, verb: "patch", path: hasBuffers ? "capacitybuffers" : "/scale")
            Self.set(server, kind, 7)
            try await server.until(within: .seconds(15)) { Self.replicas($0, kind) == 2 }
            // Counted once its answer is there.
            try await Task.sleep(for: .milliseconds(200))
            #expect(services[0].counts[.outdated] == 1 && services[0].counts[.overridden] == 1)
            Self.set(server, kind, 7)
            try await Task.sleep(for: .milliseconds(300))
            #expect(Self.replicas(server, kind) == 7, "two controllers do not chase each other")
        }
    }
}
