package import KubernetesAPI

/// A served version of `capacitybuffers.autoscaling.x-k8s.io`.
package protocol CapacityBufferVersion: Sendable {
    static var name: String { get }
}

/// The storage version; beta since Cluster Autoscaler 1.35, Karpenter 1.14 behind its gate.
package enum V1Beta1: CapacityBufferVersion {
    package static let name = "v1beta1"
}

/// Of Cluster Autoscaler 1.34.
package enum V1Alpha1: CapacityBufferVersion {
    package static let name = "v1alpha1"
}

/// Spare capacity that an autoscaler keeps: so many chunks of a PodTemplate's shape. The fields that
/// are used here are the same in both versions.
package struct CapacityBuffer<Version: CapacityBufferVersion>: APIObject, Hashable {
    package static var kind: ResourceKind {
        ResourceKind(
            group: "autoscaling.x-k8s.io",
            version: Version.name,
            plural: "capacitybuffers",
            kind: "CapacityBuffer",
            isNamespaced: true
        )
    }

    package var metadata: ObjectMeta
    package var spec: CapacityBufferSpec
    package var status: CapacityBufferStatus?

    package init(metadata: ObjectMeta, spec: CapacityBufferSpec) {
        self.metadata = metadata
        self.spec = spec
    }
}

package struct CapacityBufferSpec: Codable, Sendable, Hashable {
    package var podTemplateRef: LocalReference?
    package var replicas: Int?
    /// The most that all chunks may request together.
    package var limits: ResourceList?

    package init(podTemplateRef: LocalReference?, replicas: Int?, limits: ResourceList?) {
        self.podTemplateRef = podTemplateRef
        self.replicas = replicas
        self.limits = limits
    }
}

package struct CapacityBufferStatus: Codable, Sendable, Hashable {
    /// Chunks that the autoscaler keeps, after limits and quotas.
    package var replicas: Int?
    /// The PodTemplate's generation that this speaks of.
    package var podTemplateGeneration: Int64?
    package var conditions: [Condition]?

    package init(
        replicas: Int? = nil,
        podTemplateGeneration: Int64? = nil,
        conditions: [Condition]? = nil
    ) {
        self.replicas = replicas
        self.podTemplateGeneration = podTemplateGeneration
        self.conditions = conditions
    }
}

package struct LocalReference: Codable, Sendable, Hashable {
    package var name: String

    package init(name: String) { self.name = name }
}
