import APITestServer
import Aggregates
import Capacity
import Connect
import Fleet
import Foundation
import KubernetesAPI
import KubernetesCapacity
import Logging
import Planner
import Synchronization
import Testing

/// Rounds that act on a cluster, from samples to objects.
@Suite struct FleetClusterTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A planner with a service and a client of its own, as a process has them.
    private final class Process: Sendable {
        let planner: FleetPlanner
        let service: ClusterCapacityService
        let client: APIClient
        let leases: APIClient
        let elector: LeaseElector
        private let keeping: Task<Void, Never>

        init(_ server: APITestServer, _ store: ScriptedStore, identity: String, leadership: (any Leadership)?) throws {
            client = try Self.client(server)
            leases = try Self.client(server)
            var settings = ChunkSettings(
                namespace: "headroom", name: "headroom-{pool}", chunk: ChunkSize(cpuMilli: 1_000, memoryBytes: 2 << 30))
            settings.window = .zero
            let service = ClusterCapacityService(client, settings, logger: quiet)
            self.service = service
            keeping = Task { await service.run() }
            var configuration = FleetConfiguration.standard(resources: [.cpu], chunks: [.cpu: 1])
            configuration.historySeconds = 0
            elector = LeaseElector(
                identity: identity,
                store: ClusterLeaseStore(client: leases, namespace: "headroom", name: "headroom-fleet"),
                monotonic: WallClock.monotonic, wall: WallClock.text, logger: quiet)
            planner = FleetPlanner(
                configuration: configuration, store: store, service: service, leadership: leadership ?? elector,
                checkpoint: nil, logger: quiet)
        }

        private static func client(_ server: APITestServer) throws -> APIClient {
            var access = ClusterAccess(server: server.url, origin: "test")
            access.credential = .token(APITestServer.token)
            var options = APIClientOptions()
            options.requestsPerSecond = 1_000
            options.burst = 1_000
            options.backoffBase = .milliseconds(1)
            options.backoffCap = .milliseconds(5)
            return try APIClient(access: access, options: options, logger: quiet)
        }

        private let isGone = Atomic(false)

        /// As a process that is killed: nothing is given back.
        func kill() async {
            guard !isGone.exchange(true, ordering: .relaxed) else { return }
            keeping.cancel()
            await keeping.value
            await client.close()
            await leases.close()
        }

        /// A round of new samples; more where the cluster has yet to be asked.
        func round(_ store: ScriptedStore, _ cores: Double) async -> RoundReport {
            var report = RoundReport()
            for _ in 0..<200 {
                store.set { script in
                    script.now += 15
                    script.newest = script.now
                    script.values = [("shop/Deployment/web", "\(cores)")]
                }
                report = await planner.round()
                guard report.holds.contains(where: { $0.reason == .capacityUnknown }) else { break }
                try? await Task.sleep(for: .milliseconds(20))
            }
            return report
        }
    }

    private static func replicas(_ server: APITestServer) -> Int? {
        server.object(.capacityBuffers, "headroom", "headroom-fleet")?.fields?["spec"]?.fields?["replicas"]?.integer
    }

    private static func provision(_ server: APITestServer, _ replicas: Int) {
        server.edit(.capacityBuffers, "headroom", "headroom-fleet", manager: "autoscaler") { json in
            var fields = json.fields ?? [:]
            let now = JSON.string(Date().formatted(.iso8601))
            fields["status"] = [
                "replicas": .integer(replicas), "podTemplateGeneration": 1, "podTemplateRef": ["name": "headroom-fleet"],
                "conditions": .array(
                    ["ReadyForProvisioning", "Provisioning"].map { type in
                        ["type": .string(type), "status": "True", "reason": "ok", "message": "", "lastTransitionTime": now]
                    }),
            ]
            json = .object(fields)
        }
    }

    /// - Parameter leadership: of each process; nil for the lease.
    private func with(
        _ leadership: [(any Leadership)?],
        _ body: (APITestServer, ScriptedStore, [Process]) async throws -> Void
    ) async throws {
        try await APITestServer.with { server in
            server.addNamespace("headroom")
            let store = ScriptedStore()
            let processes = try leadership.enumerated().map { number, leadership in
                try Process(server, store, identity: "planner-\(number)", leadership: leadership)
            }
            let result: Result<Void, any Error>
            do {
                try await body(server, store, processes)
                result = .success(())
            } catch { result = .failure(error) }
            for process in processes { await process.kill() }
            try result.get()
        }
    }

    /// Rounds until something is asked for.
    private func request(_ process: Process, _ store: ScriptedStore) async throws -> CapacityRequest {
        for round in 0..<200 {
            let report = await process.round(store, round.isMultiple(of: 3) ? 6 : 3)
            if let request = report.requests.first { return request }
        }
        throw CancellationError()
    }

    @Test func whatIsPlannedBecomesChunksAndThoseWhatIsThere() async throws {
        try await with([SoleLeadership()]) { server, store, processes in
            let process = processes[0]
            // An empty cluster: what is in use is there, and nothing beside it.
            let first = await process.round(store, 3)
            #expect(first.plans.first?.decision.ready == 3, "\(first.holds)")
            let asked = try await request(process, store)
            let inUse = try #require(asked.demand)
            let wanted = Int((asked.amount - inUse).rounded(.up))
            try await server.until { Self.replicas($0) == wanted }
            Self.provision(server, wanted)
            // Once the cluster has said so, it is there; and what is in use beside it.
            var ready: Double?
            for _ in 0..<200 {
                ready = await process.service.observe(pool: "fleet", .cpu, demand: inUse)?.ready
                if ready == asked.amount { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(ready == asked.amount)
            let grown = await process.service.observe(pool: "fleet", .cpu, demand: inUse + 1)
            #expect(grown?.ready == inUse + 1 + Double(wanted) && grown?.pending == 0)
        }
    }

    @Test func whoTakesOverGoesOnWithWhatIsThere() async throws {
        try await with([SoleLeadership(), SoleLeadership()]) { server, store, processes in
            _ = try await request(processes[0], store)
            try await server.until { (Self.replicas($0) ?? 0) > 0 }
            let before = try #require(Self.replicas(server))
            Self.provision(server, before)
            await processes[0].kill()
            let report = await processes[1].round(store, 4)
            #expect(report.plans.first?.decision.ready == 4 + Double(before))
        }
    }

    @Test func whoStandsDownLeavesTheObjectsToTheOther() async throws {
        let leadership = SetLeadership(true)
        try await with([leadership]) { server, store, processes in
            _ = try await request(processes[0], store)
            try await server.until { (Self.replicas($0) ?? 0) > 0 }
            leadership.set(false)
            let report = await processes[0].round(store, 40)
            #expect(!report.isActive && report.requests.isEmpty)
            // What the other writes from now on is not set back.
            server.edit(.capacityBuffers, "headroom", "headroom-fleet") { json in
                var fields = json.fields ?? [:]
                var spec = fields["spec"]?.fields ?? [:]
                spec["replicas"] = 17
                fields["spec"] = .object(spec)
                json = .object(fields)
            }
            server.forgetRequests()
            try await Task.sleep(for: .milliseconds(500))
            #expect(Self.replicas(server) == 17)
            #expect(server.requests("patch", "capacitybuffers").isEmpty && server.requests("create", "capacitybuffers").isEmpty)
        }
    }
}
