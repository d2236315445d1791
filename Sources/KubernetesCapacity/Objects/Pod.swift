package import KubernetesAPI

/// A pod, as far as readiness and resizes go.
package struct Pod: APIObject, Hashable {
    package static let kind = ResourceKind(
        group: "",
        version: "v1",
        plural: "pods",
        kind: "Pod",
        isNamespaced: true
    )

    package struct Status: Codable, Sendable, Hashable {
        package var phase: String?
        /// `Guaranteed`, `Burstable` or `BestEffort`; never changes.
        package var qosClass: String?
        /// The pod's generation that the kubelet has seen.
        package var observedGeneration: Int64?
        package var conditions: [Condition]?
        package var containerStatuses: [ContainerStatus]?

        package init() {}
    }

    package var metadata: ObjectMeta
    package var spec: PodSpec
    package var status: Status?

    package init(metadata: ObjectMeta, spec: PodSpec, status: Status? = nil) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    package var isLeaving: Bool {
        metadata.deletionTimestamp != nil || ["Succeeded", "Failed"].contains(status?.phase ?? "")
    }

    package var isReady: Bool { !isLeaving && status?.conditions?["Ready"]?.isTrue == true }

    /// Why the scheduler has found no node; nil when it has, or has not tried.
    package var unschedulable: String? {
        guard !isLeaving, let scheduled = status?.conditions?["PodScheduled"], scheduled.isFalse
        else {
            return nil
        }
        return scheduled.message ?? scheduled.reason ?? "no node"
    }
}

package struct ContainerStatus: Codable, Sendable, Hashable {
    package var name: String
    /// What the node has set aside for the container.
    package var allocatedResources: ResourceList?
    /// What the running container really has.
    package var resources: ResourceRequirements?

    package init(
        name: String,
        allocatedResources: ResourceList? = nil,
        resources: ResourceRequirements? = nil
    ) {
        self.name = name
        self.allocatedResources = allocatedResources
        self.resources = resources
    }
}
