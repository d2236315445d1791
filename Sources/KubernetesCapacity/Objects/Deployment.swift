package import KubernetesAPI

/// Pause pods that hold capacity where no CapacityBuffer does.
package struct Deployment: APIObject, Hashable {
    package static let kind = ResourceKind(
        group: "apps",
        version: "v1",
        plural: "deployments",
        kind: "Deployment",
        isNamespaced: true
    )

    package struct Spec: Codable, Sendable, Hashable {
        /// Never applied: `/scale` sets it.
        package var replicas: Int?
        package var selector: LabelSelector
        package var strategy: Strategy?
        package var template: PodTemplateSpec
    }

    package struct LabelSelector: Codable, Sendable, Hashable {
        package var matchLabels: [String: String]?
    }

    package struct Strategy: Codable, Sendable, Hashable {
        package var type: String
    }

    package struct Status: Codable, Sendable, Hashable {
        package var observedGeneration: Int64?
        package var replicas: Int?
        package var readyReplicas: Int?
        package var conditions: [Condition]?
    }

    package var metadata: ObjectMeta
    package var spec: Spec
    package var status: Status?

    package init(metadata: ObjectMeta, spec: Spec) {
        self.metadata = metadata
        self.spec = spec
    }
}
