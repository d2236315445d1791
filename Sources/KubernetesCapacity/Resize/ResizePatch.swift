/// The body of a `PATCH pods/NAME/resize`: one container's resources. Anything else in it would be
/// ignored by the server without a word.
package struct ResizePatch: Encodable, Sendable, Hashable {
    package struct Spec: Encodable, Sendable, Hashable {
        package var containers: [Container]
    }

    /// The strategic merge finds the container by its name.
    package struct Container: Encodable, Sendable, Hashable {
        package var name: String
        package var resources: ResourceRequirements
    }

    package var spec: Spec

    init(container: String, _ resources: ResourceRequirements) {
        spec = Spec(containers: [Container(name: container, resources: resources)])
    }
}

extension ResizePatch {
    /// For people: `cpu 500m, memory 1073741824`.
    var words: String {
        spec.containers.flatMap { $0.resources.requests ?? [:] }
            .sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value)" }
            .joined(separator: ", ")
    }
}
