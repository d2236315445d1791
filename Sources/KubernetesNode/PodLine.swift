package import KubernetesAPI

/// One line of the agent's file of pods (`pods.file`).
package struct PodLine: Codable, Sendable, Hashable {
    package var podUID: String
    package var namespace: String
    package var pod: String
    package var application: String
    package var containers: [String: String]

    enum CodingKeys: String, CodingKey {
        case podUID = "pod_uid"
        case namespace, pod, application, containers
    }

    /// Nil for a pod without a uid, which no API server tells of.
    package init?(_ pod: NodePod, naming: ApplicationNaming) {
        // The cgroups of a static pod are called after its manifest's hash.
        guard
            let uid = pod.metadata.annotations?["kubernetes.io/config.hash"] ?? pod.metadata.uid
        else { return nil }
        podUID = uid
        namespace = pod.metadata.namespace ?? "default"
        self.pod = pod.metadata.name
        application = naming.application(of: pod)
        containers = [:]
        let statuses = [
            pod.status?.initContainerStatuses, pod.status?.containerStatuses,
            pod.status?.ephemeralContainerStatuses,
        ]
        for status in statuses.compactMap(\.self).joined() {
            guard let id = status.containerID, let scheme = id.firstRange(of: "://") else { continue }
            containers[String(id[scheme.upperBound...])] = status.name
        }
    }
}
