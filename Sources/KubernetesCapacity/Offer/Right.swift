internal import KubernetesAPI

/// One thing that Headroom does to a kind of objects.
package struct Right: Sendable, Hashable {
    package let verb: String
    package let group: String
    package let resource: String
    package let subresource: String?
    package let isNamespaced: Bool
    /// Of the one object that it is about; nil: any.
    package let name: String?

    /// The Lease that says which fleet planner acts.
    package static let lease = "headroom-fleet"

    init(_ verb: String, _ kind: ResourceKind, subresource: String? = nil, name: String? = nil) {
        self.name = name
        self.verb = verb
        group = kind.group
        resource = kind.plural
        self.subresource = subresource
        isNamespaced = kind.isNamespaced
    }

    /// As rules of roles name it: `deployments/scale`.
    package var path: String { subresource.map { "\(resource)/\($0)" } ?? resource }
}

extension Right {
    private static func all(
        _ verbs: [String], _ kind: ResourceKind, _ subresource: String? = nil, name: String? = nil
    ) -> [(Right, ResourceKind)] {
        verbs.map { (Right($0, kind, subresource: subresource, name: name), kind) }
    }

    /// What is done to keep chunks by objects of one kind; no more is asked for.
    static func needed(for choice: ClusterKinds.Choice) -> [(Right, ResourceKind)] {
        switch choice {
        case .bufferV1Beta1: buffer(CapacityBuffer<V1Beta1>.kind)
        case .bufferV1Alpha1: buffer(CapacityBuffer<V1Alpha1>.kind)
        case .deployment:
            all(["get", "list", "watch", "create", "patch"], Deployment.kind)
                + all(["patch"], Deployment.kind, "scale")
                + all(["list", "watch"], Pod.kind)
                + all(["get", "create"], PriorityClass.kind)
                + events
        }
    }

    private static func buffer(_ kind: ResourceKind) -> [(Right, ResourceKind)] {
        all(["get", "list", "watch", "create", "patch"], kind)
            + all(["get", "list", "watch", "create", "patch"], PodTemplate.kind)
            + events
    }

    /// What in-place resizes take, in every namespace with pods to resize.
    static var resize: [(Right, ResourceKind)] {
        all(["get", "list", "watch"], Pod.kind) + all(["patch"], Pod.kind, "resize") + events
    }

    /// What recommendations take, in all namespaces.
    static var recommend: [(Right, ResourceKind)] {
        all(["get", "list", "watch"], VerticalPodAutoscaler.kind)
            + all(["patch"], VerticalPodAutoscaler.kind, "status")
    }

    /// What a fleet planner takes in its namespace: the lease that says who acts, and ConfigMaps for
    /// what it has learned, where they are kept there.
    static var fleet: [(Right, ResourceKind)] {
        // RBAC cannot limit `create` to a name.
        all(["get", "update"], Lease.kind, name: lease) + all(["create"], Lease.kind)
            + all(["get", "create", "update"], ConfigMap.kind)
    }

    private static var events: [(Right, ResourceKind)] {
        all(
            ["create", "patch"],
            ResourceKind(
                group: "events.k8s.io",
                version: "v1",
                plural: "events",
                kind: "Event",
                isNamespaced: true
            )
        )
    }
}

extension [Right] {
    /// The rules that would grant these, for a Role or a ClusterRole; empty for none.
    package var rules: String {
        func key(_ right: Right) -> String { "\(right.group)/\(right.path)/\(right.name ?? "")" }
        var verbs: [String: [String]] = [:]
        var order: [Right] = []
        for right in self {
            if verbs[key(right)] == nil { order.append(right) }
            verbs[key(right), default: []].append(right.verb)
        }
        return order.map { right in
            let granted = (verbs[key(right)] ?? []).map { "\"\($0)\"" }.joined(separator: ", ")
            let names = right.name.map { "  resourceNames: [\"\($0)\"]\n" } ?? ""
            return """
                - apiGroups: ["\(right.group)"]
                  resources: ["\(right.path)"]
                \(names)  verbs: [\(granted)]

                """
        }.joined()
    }
}
