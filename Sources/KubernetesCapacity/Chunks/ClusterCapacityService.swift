package import Aggregates
package import Capacity
internal import Connect
package import KubernetesAPI
package import Logging

/// Capacity from a Kubernetes cluster: whole chunks that stand idle beside a pool's workload.
///
/// What holds them is what the cluster offers: a CapacityBuffer (`v1beta1`, else `v1alpha1`) that an
/// autoscaler keeps filled, else a Deployment of pause pods. `run` must be running for anything to
/// happen; requests made before wait for it.
package actor ClusterCapacityService: CapacityService {
    package nonisolated let name = "kubernetes"
    package nonisolated let counts = CapacityCounts()
    private let client: APIClient
    private let settings: ChunkSettings
    private let mayAct: @Sendable () async -> Bool
    private let logger: Logger
    private let events: EventRecorder
    private let newPools = Wakeup()
    private var keepers: [String: PoolKeeper] = [:]

    /// - Parameters:
    ///   - instance: who we are in events, a pod's name.
    ///   - mayAct: asked before each write.
    package init(
        _ client: APIClient,
        _ settings: ChunkSettings,
        instance: String = "headroom-connect",
        mayAct: @escaping @Sendable () async -> Bool = { true },
        logger: Logger
    ) {
        self.client = client
        self.settings = settings
        self.mayAct = mayAct
        self.logger = logger
        events = EventRecorder(client, instance: instance)
    }

    // MARK: - CapacityService

    package func reserve(
        _ request: CapacityRequest,
        onPending: @Sendable () -> Void
    ) async -> CapacityOutcome {
        guard settings.chunk.amount(of: request.resource) != nil else {
            return .denied(
                reason: "Kubernetes sets aside cpu and memory, \(request.resource.name) is neither"
            )
        }
        guard let keeper = keeper(of: request.pool) else {
            return .denied(
                reason:
                    "\(settings.name) serves pool \(keepers.keys.first ?? ""); write {pool} into --buffer to have one for each"
            )
        }
        return await keeper.reserve(request, onPending: onPending)
    }

    package func observe(
        pool: String, _ resource: Resource, demand: Double?
    ) async -> CapacityObservation? {
        guard settings.chunk.amount(of: resource) != nil else { return nil }
        return await keeper(of: pool)?.observe(resource, demand: demand)
    }

    package func standDown() async {
        for keeper in keepers.values { await keeper.standDown() }
    }

    /// Nil when the objects are another pool's.
    private func keeper(of pool: String) -> PoolKeeper? {
        if let known = keepers[pool] { return known }
        guard settings.servesManyPools || keepers.isEmpty else { return nil }
        let keeper = PoolKeeper(pool: pool, settings, counts: counts, logger: logger)
        keepers[pool] = keeper
        newPools.wake()
        return keeper
    }

    // MARK: - Running

    /// Keeps the objects of all pools until cancelled. Failures are logged, counted and tried again.
    package func run() async {
        var backoff = Backoff(base: .seconds(1), cap: .seconds(60))
        while !Task.isCancelled {
            do {
                let objects = try await choose()
                backoff.reset()
                logger.info(
                    "chunks are held by \(objects.kindName) objects in \(settings.namespace)"
                )
                try await serve(objects)
            } catch is KindGone {
                logger.warning("the cluster serves the kind no more; looking at what it offers")
                try? await Task.sleep(for: backoff.next())
            } catch {
                guard !Task.isCancelled else { return }
                counts.add(.failed)
                let pause = backoff.next()
                logger.warning(
                    "cannot find out what the cluster offers: \(error); again in \(pause)"
                )
                for keeper in keepers.values { await keeper.fails("\(error)") }
                try? await Task.sleep(for: pause)
            }
        }
    }

    private func choose() async throws -> any ChunkObjects {
        let offer = try await ClusterKinds(of: client)
        counts.add(.kindChosen)
        switch try offer.choice(settings.mode) {
        case .bufferV1Beta1:
            return BufferObjects<V1Beta1>(
                client,
                settings,
                counts: counts,
                events: events,
                mayAct: mayAct,
                logger: logger
            )
        case .bufferV1Alpha1:
            return BufferObjects<V1Alpha1>(
                client,
                settings,
                counts: counts,
                events: events,
                mayAct: mayAct,
                logger: logger
            )
        case .deployment:
            return PauseObjects(client, settings, counts: counts, events: events, mayAct: mayAct, logger: logger)
        }
    }

    private func serve(_ objects: any ChunkObjects) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await objects.run { await self.changed($0) } }
            group.addTask { await self.keep(objects) }
            try await group.next()
            group.cancelAll()
        }
    }

    private func keep(_ objects: any ChunkObjects) async {
        await withDiscardingTaskGroup { group in
            var started: Set<String> = []
            while !Task.isCancelled {
                for keeper in keepers.values where started.insert(keeper.pool).inserted {
                    group.addTask { await keeper.run(objects) }
                }
                await newPools.wait(upTo: .seconds(3600))
            }
        }
    }

    private func changed(_ name: String) {
        for keeper in keepers.values where keeper.objectName == name { keeper.wake() }
    }
}
