import APITestServer
import Aggregates
import Fleet
import KubernetesAPI
import KubernetesCapacity
import Synchronization
import Testing

/// Two fleet planners with one API server and one Prometheus: who acts, and when the other takes over.
@Suite(.serialized) struct TwoPlannersTests {
    /// A planner with its lease, chunks and own client, as `headroom-connect fleet --act` has them.
    private final class Instance: Sendable {
        let user: String
        let planner: FleetPlanner
        let elector: LeaseElector
        private let runner: FleetRunner
        private let service: ClusterCapacityService
        let reports = Mutex<[(at: ContinuousClock.Instant, isActive: Bool, requests: Int)]>([])
        private let tasks = Mutex<[Task<Void, Never>]>([])

        init(
            _ user: String,
            _ client: APIClient,
            _ store: ScriptedStore,
            _ times: LeaseTimes,
            wall: String
        ) {
            self.user = user
            var configuration = FleetConfiguration.standard(resources: [.cpu])
            configuration.historySeconds = 0
            var settings = ChunkSettings(
                namespace: "shop",
                name: "headroom-{pool}",
                chunk: ChunkSize(cpuMilli: 1_000, memoryBytes: 2 << 30)
            )
            settings.window = .zero
            let elector = LeaseElector(
                identity: user,
                store: ClusterLeaseStore(client: client, namespace: "shop", name: "headroom-fleet"),
                times: times,
                monotonic: WallClock.monotonic,
                wall: { wall },
                logger: ClusterFixture.quiet
            )
            self.elector = elector
            service = ClusterCapacityService(
                client, settings, mayAct: { await elector.mayAct }, logger: ClusterFixture.quiet)
            planner = FleetPlanner(
                configuration: configuration,
                store: store,
                service: service,
                leadership: elector,
                checkpoint: FleetCheckpoint(
                    store: ConfigMapCheckpointStore(
                        client,
                        namespace: "shop",
                        map: "state",
                        writer: user
                    )
                ),
                logger: ClusterFixture.quiet
            )
            runner = FleetRunner(
                planner: planner,
                elector: elector,
                interval: .milliseconds(20),
                logger: ClusterFixture.quiet
            )
        }

        func start() {
            let keeping = Task { await service.run() }
            let running = Task {
                _ = await planner.restore()
                await runner.run { report in
                    self.reports.withLock {
                        $0.append((.now, report.isActive, report.requests.count))
                    }
                }
            }
            tasks.withLock { $0 = [running, keeping] }
        }

        /// As on SIGTERM.
        func stop() async {
            for task in tasks.withLock({ $0 }) { task.cancel() }
            for task in tasks.withLock({ $0 }) { await task.value }
        }

        var hasActed: Bool { reports.withLock { $0.contains { $0.isActive } } }
    }

    /// A fifth of the real ones.
    private static let times: LeaseTimes = {
        var times = LeaseTimes()
        times.duration = .seconds(2)
        times.actLimit = .milliseconds(1_200)
        times.pause = .milliseconds(400)
        return times
    }()

    private let store = ScriptedStore()

    /// Prometheus goes on: samples of changing demand, one a round.
    private func feed() -> Task<Void, Never> {
        Task { [store] in
            var round = 0
            while !Task.isCancelled {
                round += 1
                let demand = 2 + round / 10 % 5
                store.set { script in
                    script.now += 15
                    script.newest = script.now
                    script.values = [("shop/Deployment/web", "\(demand)")]
                }
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    private func wait(_ limit: Duration, _ condition: () async -> Bool) async throws -> Duration {
        let begin = ContinuousClock.now
        while await !condition() {
            try #require(.now - begin < limit, "not within \(limit)")
            try await Task.sleep(for: .milliseconds(5))
        }
        return .now - begin
    }

    /// Who changed buffers, in order, without repeats.
    private func writers(_ server: APITestServer) -> [String] {
        var writers: [String] = []
        for request in server.requests
        where request.path.contains("capacitybuffers")
            && ["create", "patch"].contains(request.verb) && request.status < 300
        {
            if let user = request.user, writers.last != user { writers.append(user) }
        }
        return writers
    }

    private func with(
        wall: (String, String) = ("2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.000000Z"),
        _ body: (APITestServer, Instance, Instance) async throws -> Void
    ) async throws {
        try await ClusterFixture.with(["a", "b"]) { server, clients in
            let a = Instance("a", clients[0], store, Self.times, wall: wall.0)
            let b = Instance("b", clients[1], store, Self.times, wall: wall.1)
            let feeding = feed()
            a.start()
            _ = try await wait(.seconds(10)) { await a.elector.mayAct }
            b.start()
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(server, a, b))
            } catch {
                result = .failure(error)
            }
            await a.stop()
            await b.stop()
            feeding.cancel()
            try result.get()
        }
    }

    @Test func theTimesOfALeaseSumToFifteenSecondsAtMost() {
        let times = LeaseTimes()
        // From a crash right after a renewal to the other's first round: the lease runs out, the other
        // looks, and the API server takes a second to answer.
        #expect(times.duration + times.longestPause + .seconds(1) <= .seconds(15))
        // What is under way has a margin to be called off in.
        #expect(times.actLimit + times.pause <= times.duration)
        #expect(times.longestPause < times.actLimit, "one attempt may fail")
    }

    @Test(arguments: [
        ("2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.000000Z"),
        ("2050-01-01T00:00:00.000000Z", "1999-01-01T00:00:00.000000Z"),
        ("1999-01-01T00:00:00.000000Z", "2050-01-01T00:00:00.000000Z"),
    ])
    func oneActsWhateverTheClocksSay(_ first: String, _ second: String) async throws {
        try await with(wall: (first, second)) { server, a, b in
            _ = try await wait(.seconds(10)) { b.reports.withLock { $0.count } >= 40 }
            #expect(a.hasActed && !b.hasActed)
            #expect(writers(server) == ["a"])
            #expect(b.reports.withLock { $0.allSatisfy { $0.requests == 0 } })
            let keepers = ["create", "update"].flatMap { server.requests($0, "configmaps") }.map(\.user)
            #expect(!keepers.contains("b"), "the follower writes no checkpoint either")
        }
    }

    @Test func anOrderlyStopHandsOverAtOnceAndNothingIsDoneTwice() async throws {
        try await with { server, a, b in
            _ = try await wait(.seconds(10)) { self.writers(server) == ["a"] }
            await a.stop()
            let stopped = ContinuousClock.now
            let took = try await wait(.seconds(5)) { b.hasActed }
            #expect(took < Self.times.duration, "no need to wait for the lease: \(took)")
            _ = try await wait(.seconds(10)) { self.writers(server) == ["a", "b"] }
            let last = try #require(a.reports.withLock { $0.last?.at })
            #expect(last < stopped)
            // What the one before wrote at its end is what the other went on with.
            #expect(server.requests("get", "configmaps/state-").contains { $0.user == "b" && $0.status == 200 })
        }
    }

    @Test func aPlannerThatIsCutOffStepsDownBeforeTheOtherBegins() async throws {
        try await with { server, a, b in
            _ = try await wait(.seconds(10)) { self.writers(server) == ["a"] }
            // Its token is refused from now on: to it, that is a server that is gone.
            server.setUser(nil, token: "a")
            let begin = ContinuousClock.now
            _ = try await wait(.seconds(5)) { await !a.elector.mayAct }
            let steppedDown = ContinuousClock.now - begin
            #expect(await !b.elector.mayAct, "the lease is not free yet")
            #expect(steppedDown <= Self.times.actLimit + .milliseconds(200))
            _ = try await wait(.seconds(5)) { b.hasActed }
            let took = ContinuousClock.now - begin
            // 15 s at a fifth.
            #expect(took <= .seconds(3), "handed over in \(took)")
            _ = try await wait(.seconds(5)) { self.writers(server) == ["a", "b"] }
            try await Task.sleep(for: .milliseconds(300))
            #expect(writers(server) == ["a", "b"], "and never back")
            // In no two rounds at a time were both active.
            let ends = a.reports.withLock { $0.last { $0.isActive }?.at }
            let begins = b.reports.withLock { $0.first { $0.isActive }?.at }
            #expect(try #require(ends) < #require(begins))
        }
    }

    @Test func aServerThatIsDownStopsBothAndOneGoesOnAfter() async throws {
        try await with { server, a, b in
            _ = try await wait(.seconds(10)) { self.writers(server) == ["a"] }
            try await server.goDown()
            let begin = ContinuousClock.now
            _ = try await wait(.seconds(5)) { await !a.elector.mayAct }
            #expect(.now - begin < Self.times.duration)
            try await Task.sleep(for: .milliseconds(2_400))
            #expect(await !a.elector.mayAct)
            #expect(await !b.elector.mayAct)
            try await server.comeUp()
            _ = try await wait(.seconds(10)) {
                let (first, second) = (await a.elector.mayAct, await b.elector.mayAct)
                #expect(!(first && second))
                return first || second
            }
            #expect(writers(server).count <= 2)
        }
    }

    @Test func aLeaseThatSomebodyDeletesIsHeldByOneAgain() async throws {
        try await with { server, a, b in
            _ = try await wait(.seconds(10)) { self.writers(server) == ["a"] }
            for _ in 0..<3 {
                server.remove(.leases, "shop", "headroom-fleet")
                _ = try await wait(.seconds(5)) {
                    let (first, second) = (await a.elector.mayAct, await b.elector.mayAct)
                    #expect(!(first && second), "two at once")
                    return server.object(.leases, "shop", "headroom-fleet") != nil
                }
                let quiet = ContinuousClock.now + .milliseconds(1_400)
                while .now < quiet {
                    let (first, second) = (await a.elector.mayAct, await b.elector.mayAct)
                    #expect(!(first && second), "two at once")
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
        }
    }
}
