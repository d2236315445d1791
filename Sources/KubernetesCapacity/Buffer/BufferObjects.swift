internal import KubernetesAPI
internal import Logging

/// Chunks as a CapacityBuffer and the PodTemplate it refers to.
actor BufferObjects<Version: CapacityBufferVersion>: ChunkObjects {
    typealias Buffer = CapacityBuffer<Version>

    nonisolated let kindName = "CapacityBuffer \(Version.name)"
    private let client: APIClient
    private let settings: ChunkSettings
    private let counts: CapacityCounts
    private let events: EventRecorder
    private let mayAct: @Sendable () async -> Bool
    private let logger: Logger
    private let clock = ContinuousClock()

    private var buffers = ObjectCache<Buffer>()
    private var templates = ObjectCache<PodTemplate>()
    /// What the server made of each template as applied: what differs from it was changed by others.
    private var accepted: [String: PodTemplateSpec] = [:]
    /// The conditions that each buffer had when its count was last changed.
    private var before: [String: [Condition]] = [:]
    private var overrides = OverrideGuard()

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
                    Buffer.self,
                    namespace: self.settings.namespace,
                    labels: ChunkTemplate.selector
                ) {
                    for name in try await self.take(change) { await changed(name) }
                }
            }
            group.addTask {
                for await change in self.client.watch(
                    PodTemplate.self,
                    namespace: self.settings.namespace,
                    labels: ChunkTemplate.selector
                ) {
                    for name in try await self.take(change) { await changed(name) }
                }
            }
            for try await _ in group {}
        }
    }

    private func take(_ change: WatchChange<Buffer>) throws -> Set<String> {
        note(change)
        return try buffers.take(change, at: clock.now)
    }

    private func take(_ change: WatchChange<PodTemplate>) throws -> Set<String> {
        note(change)
        return try templates.take(change, at: clock.now)
    }

    private func note<Object: APIObject>(_ change: WatchChange<Object>) {
        guard case .failing(let failure) = change else { return }
        counts.add(.watchFailed)
        logger.warning("watch of \(Object.kind.plural): \(failure)")
    }

    // MARK: - Keeping

    func replicas(_ name: String) async throws -> Int? { try await buffer(name)?.spec.replicas }

    func hold(_ name: String, replicas: Int, why: String) async throws -> HeldChunks {
        try await holdTemplate(name)
        guard let buffer = try await buffer(name) else {
            if overrides.knows(name) {
                counts.add(.deletedByOthers)
                logger.warning(
                    "\(kindName) \(settings.namespace)/\(name) was deleted; making it again"
                )
            }
            try await check()
            let made = try await client.create(
                BufferObjects.buffer(name, settings, replicas: replicas)
            )
            buffers.store(made)
            before[name] = []
            overrides.wrote(name, replicas)
            counts.add(.created)
            await events.record(
                made,
                reason: "CapacityBufferCreated",
                action: "Create",
                note: "\(replicas) chunks of \(settings.chunk.words): \(why)"
            )
            return HeldChunks(isChanged: true)
        }
        guard buffer.spec.podTemplateRef?.name == name else {
            throw ForeignObject(
                kind: "CapacityBuffer",
                namespace: settings.namespace,
                name: name,
                problem: "refers to "
                    + (buffer.spec.podTemplateRef.map { "PodTemplate \($0.name)" }
                        ?? "no PodTemplate"),
                remedy: "delete it, or choose another name (--buffer)"
            )
        }
        let found = buffer.spec.replicas
        var isRestored = false
        if found == replicas {
            overrides.wrote(name, replicas)
            if ChunkTemplate.hasOwner(buffer.metadata) { return HeldChunks(isChanged: false) }
        } else {
            switch overrides.judge(name, found: found, wanted: replicas, at: clock.now) {
            case .wait(let pause): return HeldChunks(isChanged: false, again: pause)
            case .restore: isRestored = true
            case .write: break
            }
        }
        return try await setReplicas(buffer, to: replicas, isRestored: isRestored, why: why)
    }

    /// Right before each write: what came before it may have taken long.
    private func check() async throws {
        try Task.checkCancellation()
        guard await mayAct() else { throw NotActive() }
    }

    private func setReplicas(_ buffer: Buffer, to replicas: Int, isRestored: Bool, why: String) async throws -> HeldChunks {
        let name = buffer.metadata.name
        let found = buffer.spec.replicas
        try await check()
        do {
            let patched = try await client.patch(
                Buffer.self,
                namespace: settings.namespace,
                name: name,
                .merge(
                    ReplicasPatch(
                        replicas, over: buffer.metadata,
                        owner: ChunkTemplate.hasOwner(buffer.metadata) ? nil : settings.owner))
            )
            buffers.store(patched)
            guard found != replicas else { return HeldChunks(isChanged: false) }
            before[name] = patched.status?.conditions ?? []
            overrides.wrote(name, replicas)
            counts.add(.counted)
            if isRestored {
                overrides.restored(name, at: clock.now)
                counts.add(.overridden)
                logger.warning(
                    "\(kindName) \(settings.namespace)/\(name): somebody set replicas to \(found ?? 0); \(replicas) is set again")
            }
            await events.record(
                patched,
                reason: "CapacityRequested",
                action: "Scale",
                note: "replicas \(found ?? 0) → \(replicas): \(why)"
            )
            return HeldChunks(isChanged: true)
        } catch let failure as APIFailure where failure.isNotFound {
            buffers.forget(name)
            return HeldChunks(isChanged: false, again: .zero)
        } catch let failure as APIFailure where failure.isConflict {
            // Somebody was quicker, be it who writes the status: decided anew, on what is there now.
            counts.add(.outdated)
            buffers.forget(name)
            if let now = try await client.find(Buffer.self, namespace: settings.namespace, name: name) { buffers.store(now) }
            return HeldChunks(isChanged: false, again: .zero)
        }
    }

    static func buffer(_ name: String, _ settings: ChunkSettings, replicas: Int) -> Buffer {
        Buffer(
            metadata: ChunkTemplate.metadata(name, settings),
            spec: CapacityBufferSpec(
                podTemplateRef: LocalReference(name: name),
                replicas: replicas,
                limits: settings.maximumChunks.map { settings.chunk.limits($0) }
            )
        )
    }

    static func template(_ name: String, _ settings: ChunkSettings) -> PodTemplate {
        PodTemplate(
            metadata: ChunkTemplate.metadata(name, settings),
            template: ChunkTemplate.spec(name, settings, priorityClass: settings.priorityClass)
        )
    }

    /// The buffer, asked for where the watch does not show it; nil when there is none.
    private func buffer(_ name: String) async throws -> Buffer? {
        var known = buffers[name]
        if known == nil {
            known = try await client.find(Buffer.self, namespace: settings.namespace, name: name)
        }
        guard let known else { return nil }
        try ChunkTemplate.check(known, settings)
        buffers.store(known)
        return known
    }

    /// Applies the PodTemplate once, and again whenever it is gone or differs from what was applied.
    private func holdTemplate(_ name: String) async throws {
        var known = templates[name]
        if known == nil {
            known = try await client.find(
                PodTemplate.self,
                namespace: settings.namespace,
                name: name
            )
        }
        if let known { try ChunkTemplate.check(known, settings) }
        let last = accepted[name]
        if let known, let last, known.template == last {
            templates.store(known)
            return
        }
        if last != nil {
            counts.add(known == nil ? .deletedByOthers : .templateRestored)
            logger.warning("PodTemplate \(settings.namespace)/\(name) was changed; putting it back")
        }
        try await check()
        let applied = try await client.apply(BufferObjects.template(name, settings), force: true)
        templates.store(applied)
        accepted[name] = applied.template
        if known == nil { counts.add(.created) }
    }

    // MARK: - What came of it

    func view(_ name: String, wanted: Int, isSettled: Bool) async -> ChunkView {
        if let trouble = buffers.trouble(at: clock.now) {
            return ChunkView(provided: nil, progress: .unknown(trouble))
        }
        guard let buffer = buffers[name] else {
            return ChunkView(provided: nil, progress: .waiting("the \(kindName) is not there"))
        }
        return BufferJudgement(
            spec: buffer.spec,
            status: buffer.status,
            generation: buffer.metadata.generation ?? 0,
            templateGeneration: templates[name]?.metadata.generation,
            before: before[name] ?? [],
            isSettled: isSettled,
            chunk: settings.chunk
        ).view(wanted: wanted)
    }
}
