package import KubernetesAPI

/// One line of the agent's file of pods (`pods.file`).
package struct PodLine: Codable, Sendable, Hashable {
    package var podUID: String
    package var namespace: String
    package var pod: String
    package var application: String
    package var containers: [String: String]
    /// The uid is not the pod's own: who has it as its own goes before.
    package private(set) var isMirror = false

    enum CodingKeys: String, CodingKey {
        case podUID = "pod_uid"
        case namespace, pod, application, containers
    }

    /// Bytes of containers' ids and names in a line: some hundred containers. With all the rest a line stays far below the
    /// 64 KiB that the agent reads, and the file below the 8 MiB that its volume has.
    private static let containersLimit = 16_384
    /// An owner's name, unlike all other names here, may be of any length.
    private static let applicationLimit = 1_024

    /// Nil for a pod without a uid, which no API server tells of.
    package init?(_ pod: NodePod, naming: ApplicationNaming) {
        guard let own = pod.metadata.uid else { return nil }
        // The cgroups of a static pod are called after its manifest's hash. Everybody who may make pods may write
        // annotations: the hash counts for a mirror alone, which the kubelet makes of a static pod and its Node owns.
        let hash = Self.isMirror(pod.metadata) ? pod.metadata.annotations?["kubernetes.io/config.hash"] : nil
        podUID = hash ?? own
        isMirror = podUID != own
        namespace = pod.metadata.namespace ?? "default"
        self.pod = pod.metadata.name
        let named = naming.application(of: pod)
        application = named.utf8.count <= Self.applicationLimit ? named : "\(namespace)/Pod/\(self.pod)"
        containers = [:]
        // Those that do the work first, should there be more than a line takes.
        let statuses = [
            pod.status?.containerStatuses, pod.status?.initContainerStatuses, pod.status?.ephemeralContainerStatuses,
        ]
        var size = 0
        for status in statuses.compactMap(\.self).joined() {
            guard let id = status.containerID, let scheme = id.firstRange(of: "://") else { continue }
            size += id.utf8.count + status.name.utf8.count + 6
            guard size <= Self.containersLimit else { break }
            containers[String(id[scheme.upperBound...])] = status.name
        }
    }

    private static func isMirror(_ metadata: ObjectMeta) -> Bool {
        metadata.annotations?["kubernetes.io/config.mirror"] != nil
            && metadata.ownerReferences?.contains { $0.kind == "Node" && $0.apiVersion == "v1" } == true
    }
}
