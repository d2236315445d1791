/// `{"spec":{"replicas":N}}`, the only thing that is written into an object once it is there.
struct ReplicasPatch: Encodable, Sendable {
    struct Spec: Encodable, Sendable {
        let replicas: Int
    }

    let spec: Spec

    init(_ replicas: Int) { spec = Spec(replicas: replicas) }
}
