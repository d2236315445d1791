internal import KubernetesAPI

/// A chunk as a pod.
enum ChunkTemplate {
    static let manager = "app.kubernetes.io/managed-by"
    /// Selects all that Headroom has made.
    static let selector = "\(manager)=headroom"

    static func labels(_ name: String) -> [String: String] {
        [
            manager: "headroom",
            "app.kubernetes.io/name": "headroom-chunk",
            "app.kubernetes.io/instance": name,
        ]
    }

    static func metadata(_ name: String, namespace: String?) -> ObjectMeta {
        var metadata = ObjectMeta(name: name)
        metadata.namespace = namespace
        metadata.labels = [manager: "headroom"]
        return metadata
    }

    static func isOurs(_ metadata: ObjectMeta) -> Bool { metadata.labels?[manager] == "headroom" }

    /// One container that does nothing and asks for one chunk.
    ///
    /// Memory is limited to what it requests. CPU is not: with both limits the pod would be
    /// Guaranteed, and a kubelet with the static CPU manager would give it whole CPUs that the
    /// neighbours could not use meanwhile.
    static func spec(_ name: String, _ settings: ChunkSettings, priorityClass: String?)
        -> PodTemplateSpec
    {
        let requests = settings.chunk.requests
        var container = Container(
            name: "pause",
            image: settings.image,
            resources: ResourceRequirements(
                requests: requests,
                limits: requests.filter { $0.key == "memory" }
            )
        )
        // What the restricted Pod Security Standard asks for.
        container.securityContext = ContainerSecurityContext(
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: .init(drop: ["ALL"])
        )
        var pod = PodSpec(containers: [container])
        pod.priorityClassName = priorityClass
        pod.nodeSelector = settings.nodeSelector.isEmpty ? nil : settings.nodeSelector
        pod.tolerations = settings.tolerations.isEmpty ? nil : settings.tolerations
        pod.terminationGracePeriodSeconds = 0
        pod.automountServiceAccountToken = false
        pod.securityContext = PodSecurityContext(
            runAsNonRoot: true,
            runAsUser: 65_535,
            seccompProfile: SeccompProfile(type: "RuntimeDefault")
        )
        return PodTemplateSpec(labels: labels(name), spec: pod)
    }
}
