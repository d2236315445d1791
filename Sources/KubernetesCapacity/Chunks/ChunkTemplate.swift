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

    /// An annotation, because an owner's name may be of any text: who of several keeps an object.
    static let owner = "headroom.io/owner"

    /// - Parameter settings: nil for what all share.
    static func metadata(_ name: String, _ settings: ChunkSettings?) -> ObjectMeta {
        var metadata = ObjectMeta(name: name)
        metadata.namespace = settings?.namespace
        metadata.labels = [manager: "headroom"]
        metadata.annotations = settings.map { [owner: $0.owner] }
        return metadata
    }

    /// Whether somebody is named who keeps it; objects of earlier versions have none, and are the first's that finds them.
    static func hasOwner(_ metadata: ObjectMeta) -> Bool { metadata.annotations?[owner] != nil }

    /// - Throws: for what Headroom has not made, and for what another of it keeps: two that set one count would undo each
    ///   other's for ever.
    static func check<Object: APIObject>(_ found: Object, _ settings: ChunkSettings) throws(ForeignObject) {
        let metadata = found.metadata
        func foreign(_ problem: String, _ remedy: String) -> ForeignObject {
            ForeignObject(
                kind: Object.kind.kind, namespace: settings.namespace, name: metadata.name, problem: problem,
                remedy: remedy)
        }
        guard metadata.labels?[manager] == "headroom" else {
            throw foreign(
                "was not made by Headroom (no label \(selector))",
                "choose another name (--buffer), or set the label to hand it over")
        }
        if let other = metadata.annotations?[owner], other != settings.owner {
            throw foreign(
                "is kept by \"\(other)\", and this is \"\(settings.owner)\" (annotation \(owner))",
                "choose another name (--buffer; with {node} in it each node has its own), or set the annotation to hand it over")
        }
    }

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
