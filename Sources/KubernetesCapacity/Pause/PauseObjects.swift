internal import KubernetesAPI
internal import Logging

/// Chunks as a Deployment of pause pods.
actor PauseObjects: ChunkObjects {
    nonisolated let kindName = "Deployment"
    private let client: APIClient
    private let settings: ChunkSettings
    private let counts: CapacityCounts
    private let events: EventRecorder
    private let mayAct: @Sendable () async -> Bool
    private let logger: Logger
    private let clock = ContinuousClock()

    private var deployments = ObjectCache<Deployment>()
    private var pods = ObjectCache<Pod>()
    /// What the server made of each template as applied: what differs from it was changed by others.
    private var accepted: [String: PodTemplateSpec] = [:]
    /// The conditions that each Deployment had when its count was last changed.
    private var before: [String: [Condition]] = [:]
    private var overrides = OverrideGuard()
    private var hasPriorityClass = false

    init(
        _ client: APIClient,
        _ settings: ChunkSettings,
        counts: CapacityCounts,
        events: EventRecorder,
        mayAct: @escaping @Sendable () async -> Bool,
        logger: Logger
    ) {
        self.client = client
        self.settings = settings
        self.counts = counts
        self.events = events
        self.mayAct = mayAct
        self.logger = logger
    }

    // MARK: - Following

    func run(changed: @escaping @Sendable (String) async -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await change in self.client.watch(
                    Deployment.self,
                    namespace: self.settings.namespace,
                    labels: ChunkTemplate.selector
                ) {
                    for name in try await self.take(change) { await changed(name) }
                }
            }
            group.addTask {
                for await change in self.client.watch(
                    Pod.self,
                    namespace: self.settings.namespace,
                    labels: ChunkTemplate.selector
                ) {
                    for name in try await self.take(change) { await changed(name) }
                }
            }
            for try await _ in group {}
        }
    }

    private func take(_ change: WatchChange<Deployment>) throws -> Set<String> {
        note(change)
        return try deployments.take(change, at: clock.now)
    }

    /// - Returns: the Deployments whose pods have changed.
    private func take(_ change: WatchChange<Pod>) throws -> Set<String> {
        note(change)
        var owners: Set<String> = []
        let podsBefore = pods
        for name in try pods.take(change, at: clock.now) {
            if let owner = PauseObjects.owner(podsBefore[name]) { owners.insert(owner) }
            if let owner = PauseObjects.owner(pods[name]) { owners.insert(owner) }
        }
        return owners
    }

    private static func owner(_ pod: Pod?) -> String? {
        pod?.metadata.labels?["app.kubernetes.io/instance"]
    }

    private func note<Object: APIObject>(_ change: WatchChange<Object>) {
        guard case .failing(let failure) = change else { return }
        counts.add(.watchFailed)
        logger.warning("watch of \(Object.kind.plural): \(failure)")
    }

    // MARK: - Keeping

    func replicas(_ name: String) async throws -> Int? { try await deployment(name)?.spec.replicas }

    func hold(_ name: String, replicas: Int, why: String) async throws -> HeldChunks {
        if !hasPriorityClass {
            try await check()
            try await PauseClass.ensure(settings.priorityClass, client)
            hasPriorityClass = true
        }
        let deployment = try await holdDeployment(name)
        let found = deployment.spec.replicas
        guard found != replicas else {
            overrides.wrote(name, replicas)
            return HeldChunks(isChanged: false)
        }
        switch overrides.judge(name, found: found, wanted: replicas, at: clock.now) {
        case .wait(let pause): return HeldChunks(isChanged: false, again: pause)
        case .restore: return try await scale(deployment, to: replicas, isRestored: true, why: why)
        case .write: return try await scale(deployment, to: replicas, isRestored: false, why: why)
        }
    }

    /// Right before each write: what came before it may have taken long.
    private func check() async throws {
        try Task.checkCancellation()
        guard await mayAct() else { throw NotActive() }
    }

    private func scale(
        _ deployment: Deployment,
        to replicas: Int,
        isRestored: Bool,
        why: String
    ) async throws -> HeldChunks {
        let name = deployment.metadata.name
        try await check()
        do {
            let scale = try await client.patch(
                Scale.self,
                namespace: settings.namespace,
                name: name,
                subresource: "scale",
                .merge(ReplicasPatch(replicas, over: deployment.metadata))
            )
            before[name] = deployment.status?.conditions ?? []
            // The scale is not the Deployment; its watch shows the new generation.
            var scaled = deployment
            scaled.spec.replicas = scale.spec.replicas
            scaled.metadata.resourceVersion = scale.metadata.resourceVersion
            if let generation = deployment.metadata.generation {
                scaled.metadata.generation = generation + 1
            }
            deployments.store(scaled)
            overrides.wrote(name, replicas)
            counts.add(.counted)
            if isRestored {
                overrides.restored(name, at: clock.now)
                counts.add(.overridden)
                logger.warning(
                    "Deployment \(settings.namespace)/\(name): somebody set replicas to \(deployment.spec.replicas ?? 0); \(replicas) is set again"
                )
            }
            await events.record(
                scaled,
                reason: "CapacityRequested",
                action: "Scale",
                note: "replicas \(deployment.spec.replicas ?? 0) → \(replicas): \(why)"
            )
            return HeldChunks(isChanged: true)
        } catch let failure as APIFailure where failure.isNotFound {
            deployments.forget(name)
            return HeldChunks(isChanged: false, again: .zero)
        } catch let failure as APIFailure where failure.isConflict {
            // Somebody was quicker, be it who writes the status: decided anew, on what is there now.
            counts.add(.outdated)
            deployments.forget(name)
            if let now = try await client.find(Deployment.self, namespace: settings.namespace, name: name) {
                deployments.store(now)
            }
            return HeldChunks(isChanged: false, again: .zero)
        }
    }

    /// The Deployment, asked for where the watch does not show it; nil when there is none.
    private func deployment(_ name: String) async throws -> Deployment? {
        var known = deployments[name]
        if known == nil {
            known = try await client.find(Deployment.self, namespace: settings.namespace, name: name)
        }
        guard let known else { return nil }
        try ChunkTemplate.check(known, settings)
        deployments.store(known)
        return known
    }

    /// Applies the Deployment once, without a count, and again whenever it is gone or its template
    /// differs from what was applied.
    private func holdDeployment(_ name: String) async throws -> Deployment {
        let known = try await deployment(name)
        let last = accepted[name]
        if let known, let last, known.spec.template == last { return known }
        if last != nil {
            counts.add(known == nil ? .deletedByOthers : .templateRestored)
            logger.warning("Deployment \(settings.namespace)/\(name) was changed; putting it back")
        }
        try await check()
        let applied = try await client.apply(PauseObjects.new(name, settings), force: true)
        deployments.store(applied)
        accepted[name] = applied.spec.template
        if known == nil {
            before[name] = []
            counts.add(.created)
        }
        return applied
    }

    static func new(_ name: String, _ settings: ChunkSettings) -> Deployment {
        Deployment(
            metadata: ChunkTemplate.metadata(name, settings),
            spec: Deployment.Spec(
                selector: Deployment.LabelSelector(matchLabels: ChunkTemplate.labels(name)),
                // A pod that goes before the next comes never needs room for both.
                strategy: Deployment.Strategy(type: "Recreate"),
                template: ChunkTemplate.spec(
                    name,
                    settings,
                    priorityClass: settings.priorityClass ?? PauseClass.name
                )
            )
        )
    }

    // MARK: - What came of it

    func view(_ name: String, wanted: Int, isSettled: Bool) async -> ChunkView {
        if let trouble = deployments.trouble(at: clock.now) ?? pods.trouble(at: clock.now) {
            return ChunkView(provided: nil, progress: .unknown(trouble))
        }
        guard let deployment = deployments[name] else {
            return ChunkView(provided: nil, progress: .waiting("the Deployment is not there"))
        }
        return PauseJudgement(
            deployment: deployment,
            pods: pods.values.filter { PauseObjects.owner($0) == name },
            before: before[name] ?? [],
            isSettled: isSettled
        ).view(wanted: wanted)
    }
}
