package import KubernetesAPI

/// A pod, as far as its names go.
package struct NodePod: APIObject {
    package static let kind = ResourceKind(
        group: "", version: "v1", plural: "pods", kind: "Pod", isNamespaced: true)

    package var metadata: ObjectMeta
    package var status: Status?

    package struct Status: Codable, Sendable {
        package var containerStatuses: [Container]?
        package var initContainerStatuses: [Container]?
        package var ephemeralContainerStatuses: [Container]?
    }

    package struct Container: Codable, Sendable {
        package var name: String
        /// `containerd://<64 hexadecimal digits>`; absent until the container was made.
        package var containerID: String?
    }

    package init(metadata: ObjectMeta, status: Status? = nil) {
        self.metadata = metadata
        self.status = status
    }
}

extension ApplicationNaming {
    package func application(of pod: NodePod) -> String { application(of: pod.metadata) }
}
