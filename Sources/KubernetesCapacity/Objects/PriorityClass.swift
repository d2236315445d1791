package import KubernetesAPI

/// How pause pods give way.
package struct PriorityClass: APIObject, Hashable {
    package static let kind = ResourceKind(
        group: "scheduling.k8s.io",
        version: "v1",
        plural: "priorityclasses",
        kind: "PriorityClass",
        isNamespaced: false
    )

    package var metadata: ObjectMeta
    package var value: Int
    package var globalDefault: Bool?
    package var preemptionPolicy: String?
    package var description: String?

    package init(metadata: ObjectMeta, value: Int) {
        self.metadata = metadata
        self.value = value
    }
}
