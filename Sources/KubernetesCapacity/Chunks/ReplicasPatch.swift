internal import KubernetesAPI

/// `{"spec":{"replicas":N}}`, the only thing that is written into an object once it is there; with the version that it was
/// decided on, so that a request that was long on its way undoes nothing that came after.
struct ReplicasPatch: Encodable, Sendable {
    struct Metadata: Encodable, Sendable {
        let resourceVersion: String?
        /// Of an object that names nobody yet.
        let annotations: [String: String]?
    }

    struct Spec: Encodable, Sendable {
        let replicas: Int
    }

    let metadata: Metadata
    let spec: Spec

    /// - Parameters:
    ///   - found: as the object was when this was decided.
    ///   - owner: who keeps it from now on, where nobody does; nil leaves that as it is.
    init(_ replicas: Int, over found: ObjectMeta, owner: String? = nil) {
        metadata = Metadata(
            resourceVersion: found.resourceVersion, annotations: owner.map { [ChunkTemplate.owner: $0] })
        spec = Spec(replicas: replicas)
    }
}
