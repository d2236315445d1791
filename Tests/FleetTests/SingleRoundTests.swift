import APITestServer
import Aggregates
import Fleet
import KubernetesAPI
import Synchronization
import Testing

/// `--once`: one round under a lease that is held as long as it takes, also by who is started anew each time.
@Suite struct SingleRoundTests {
    /// Half of the real ones: much shorter ones run out while other tests have all CPUs.
    private static let times: LeaseTimes = {
        var times = LeaseTimes()
        times.duration = .seconds(5)
        times.actLimit = .seconds(3)
        times.pause = .seconds(1)
        return times
    }()

    private let store = ScriptedStore()

    private func runner(_ client: APIClient, _ identity: String) -> FleetRunner {
        store.set { $0.values = [("shop/Deployment/web", "3")] }
        var configuration = FleetConfiguration.standard(resources: [.cpu])
        configuration.historySeconds = 3_600
        let elector = LeaseElector(
            identity: identity, store: ClusterLeaseStore(client: client, namespace: "shop", name: "headroom-fleet"),
            times: Self.times, monotonic: WallClock.monotonic, wall: { WallClock.text() }, logger: ClusterFixture.quiet)
        let planner = FleetPlanner(
            configuration: configuration, store: store, service: ObservingService(), leadership: elector,
            checkpoint: FleetCheckpoint(
                store: ConfigMapCheckpointStore(client, namespace: "shop", map: "state", writer: identity)),
            logger: ClusterFixture.quiet)
        return FleetRunner(planner: planner, elector: elector, interval: .seconds(15), logger: ClusterFixture.quiet)
    }

    private static func holder(_ server: APITestServer) -> String? {
        server.object(.leases, "shop", "headroom-fleet")?[at: "spec", "holderIdentity"]?.text
    }

    private static func lease(_ holder: String, seconds: Int) -> JSON {
        [
            "metadata": ["name": "headroom-fleet", "namespace": "shop"],
            "spec": [
                "holderIdentity": .string(holder), "leaseDurationSeconds": .integer(seconds), "leaseTransitions": 0,
                "acquireTime": "2026-01-01T00:00:00.000000Z", "renewTime": "2026-01-01T00:00:00.000000Z",
            ],
        ]
    }

    @Test func aHistoryThatTakesLongerThanTheLeaseIsReadUnderIt() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            let runner = runner(clients[0], "a")
            store.set { $0.rangeDelay = Self.times.duration + .seconds(2) }
            guard case .planned(let report) = await runner.once() else {
                Issue.record("nothing was planned")
                return
            }
            #expect(report.isActive && report.plans.count == 1 && report.holds.isEmpty)
            #expect(report.answers.count == 1, "what was asked for is awaited")
            #expect(server.requests("update", "leases").filter { $0.status == 200 }.count >= 3, "renewed meanwhile")
            #expect(server.requests("create", "configmaps").contains { $0.status == 201 }, "and what was learned is kept")
            #expect(Self.holder(server) == "", "and the lease given back")
        }
    }

    @Test func aLeaseOfOneThatDiedIsWaitedOut() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            server.put(.leases, Self.lease("dead", seconds: 5))
            let begin = ContinuousClock.now
            guard case .planned(let report) = await runner(clients[0], "a").once() else {
                Issue.record("it never became the active one")
                return
            }
            #expect(report.plans.count == 1 && .now - begin >= Self.times.duration)
            #expect(Self.holder(server) == "")
        }
    }

    @Test func whoCannotHaveTheLeaseSaysSoAndChangesNothing() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            // Longer than it is waited for.
            server.put(.leases, Self.lease("other", seconds: 3_600))
            guard case .notActive(let report) = await runner(clients[0], "a").once() else {
                Issue.record("it planned beside the other")
                return
            }
            #expect(!report.isActive && report.requests.isEmpty)
            #expect(report.series > 0, "it looked all the same")
            #expect(Self.holder(server) == "other" && server.requests("create", "configmaps").isEmpty)
        }
    }

    @Test func aLeaseThatIsLostWhileHistoryIsReadIsNotActedUpon() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            let runner = runner(clients[0], "a")
            store.set { $0.rangeDelay = Self.times.duration + .seconds(2) }
            let running = Task { await runner.once() }
            try await server.until { Self.holder($0) == "a" }
            // Its token is refused from now on: to it, that is a server that is gone.
            server.setUser(nil, token: "a")
            guard case .notActive(let report) = await running.value else {
                Issue.record("it acted on a lease that it could not renew")
                return
            }
            #expect(report.requests.isEmpty)
        }
    }

    @Test func oneThatIsStoppedGivesTheLeaseBackAtOnce() async throws {
        try await ClusterFixture.with(["a"]) { server, clients in
            let runner = runner(clients[0], "a")
            store.set { $0.rangeDelay = .seconds(60) }
            let running = Task { await runner.once() }
            // It leads, and reads history.
            while store.script.withLock({ $0.rangeQueries }) == 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(Self.holder(server) == "a")
            let begin = ContinuousClock.now
            running.cancel()
            guard case .stopped = await running.value else {
                Issue.record("it went on")
                return
            }
            #expect(.now - begin < .seconds(40) && Self.holder(server) == "")
        }
    }
}
