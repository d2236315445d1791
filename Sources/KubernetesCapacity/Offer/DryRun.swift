package import KubernetesAPI

/// What the server makes of an object that is not really written.
package struct DryRun: Encodable, Sendable, Hashable {
    /// `PodTemplate headroom/headroom-node`.
    package let object: String
    /// Why it would be refused; nil when it would not.
    package let refusal: String?
}

extension DryRun {
    /// Sends every object that keeps the chunks of `pool`, with `dryRun=All`: admission and validation
    /// run, nothing is stored.
    package static func all(
        _ client: APIClient,
        _ settings: ChunkSettings,
        _ choice: ClusterKinds.Choice,
        pool: String
    ) async throws -> [DryRun] {
        let name = settings.objectName(pool: pool)
        switch choice {
        case .bufferV1Beta1:
            return try await buffers(client, settings, V1Beta1.self, name)
        case .bufferV1Alpha1:
            return try await buffers(client, settings, V1Alpha1.self, name)
        case .deployment:
            let path = "\(settings.namespace)/\(name)"
            return [
                try await attempt("PriorityClass \(settings.priorityClass ?? PauseClass.name)") {
                    try await PauseClass.ensure(settings.priorityClass, client, dryRun: true)
                },
                try await attempt("Deployment \(path)") {
                    try await apply(PauseObjects.new(name, settings), client, settings)
                },
            ]
        }
    }

    private static func buffers<Version: CapacityBufferVersion>(
        _ client: APIClient,
        _ settings: ChunkSettings,
        _: Version.Type,
        _ name: String
    ) async throws -> [DryRun] {
        let path = "\(settings.namespace)/\(name)"
        return [
            try await attempt("PodTemplate \(path)") {
                try await apply(BufferObjects<Version>.template(name, settings), client, settings)
            },
            try await attempt("CapacityBuffer \(path)") {
                let buffer = BufferObjects<Version>.buffer(name, settings, replicas: 0)
                let found = try await client.find(
                    CapacityBuffer<Version>.self,
                    namespace: settings.namespace,
                    name: name
                )
                guard let found else {
                    _ = try await client.create(buffer, dryRun: true)
                    return
                }
                try ChunkTemplate.check(found, settings)
                _ = try await client.patch(
                    CapacityBuffer<Version>.self,
                    namespace: settings.namespace,
                    name: name,
                    .merge(ReplicasPatch(found.spec.replicas ?? 0, over: found.metadata)),
                    dryRun: true
                )
            },
        ]
    }

    private static func apply<Object: APIObject>(
        _ object: Object, _ client: APIClient, _ settings: ChunkSettings
    ) async throws {
        let found = try await client.find(
            Object.self,
            namespace: object.metadata.namespace,
            name: object.metadata.name
        )
        if let found { try ChunkTemplate.check(found, settings) }
        _ = try await client.apply(object, force: true, dryRun: true)
    }

    private static func attempt(_ object: String, _ body: () async throws -> Void) async throws
        -> DryRun
    {
        do {
            try await body()
            return DryRun(object: object, refusal: nil)
        } catch let failure as APIFailure {
            return DryRun(object: object, refusal: "\(failure)")
        } catch let foreign as ForeignObject {
            return DryRun(object: object, refusal: "\(foreign)")
        }
    }
}
