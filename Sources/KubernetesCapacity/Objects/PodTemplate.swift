package import KubernetesAPI

/// The shape of a chunk, which a CapacityBuffer refers to.
package struct PodTemplate: APIObject, Hashable {
    package static let kind = ResourceKind(
        group: "",
        version: "v1",
        plural: "podtemplates",
        kind: "PodTemplate",
        isNamespaced: true
    )

    package var metadata: ObjectMeta
    package var template: PodTemplateSpec

    package init(metadata: ObjectMeta, template: PodTemplateSpec) {
        self.metadata = metadata
        self.template = template
    }
}

package struct PodTemplateSpec: Codable, Sendable, Hashable {
    package struct Metadata: Codable, Sendable, Hashable {
        package var labels: [String: String]?
    }

    package var metadata: Metadata?
    package var spec: PodSpec

    package init(labels: [String: String], spec: PodSpec) {
        metadata = Metadata(labels: labels)
        self.spec = spec
    }
}
