/// Which application a pod is one of: `shop/Deployment/web`.
///
/// By its owner, without asking the API for the owner's owner: a ReplicaSet of a Deployment and a
/// Job of a CronJob carry names made of their owner's in a way that Kubernetes documents.
package struct ApplicationNaming: Sendable {
    /// The value of this label names the application of pods that have it: `shop/<value>`.
    package var label: String?

    package init(label: String? = nil) { self.label = label }

    /// - Parameter pod: a pod's metadata.
    package func application(of pod: ObjectMeta) -> String {
        let namespace = pod.namespace ?? "default"
        let labels = pod.labels ?? [:]
        if let label, let value = labels[label], !value.isEmpty { return "\(namespace)/\(value)" }
        let owners = pod.ownerReferences ?? []
        guard let owner = owners.first(where: { $0.controller == true }) ?? owners.first else {
            return "\(namespace)/Pod/\(pod.name)"
        }
        let (kind, name) = Self.root(owner.kind, owner.name, pod, labels)
        return "\(namespace)/\(kind)/\(name)"
    }

    /// `NAMESPACE/KIND/NAME` of whom the pod is a part of, whatever its application is called: its owner, and that one's.
    package static func workloads(of pod: ObjectMeta) -> Set<String> {
        let namespace = pod.namespace ?? "default"
        var found: Set = [ApplicationNaming().application(of: pod)]
        for owner in pod.ownerReferences ?? [] { found.insert("\(namespace)/\(owner.kind)/\(owner.name)") }
        return found
    }

    private static func root(
        _ kind: String, _ name: String, _ pod: ObjectMeta, _ labels: [String: String]
    ) -> (String, String) {
        switch kind {
        case "ReplicaSet":
            for (label, owner) in [("pod-template-hash", "Deployment"), ("rollouts-pod-template-hash", "Rollout")] {
                if let hash = labels[label], let rest = name.dropped(suffix: "-\(hash)") { return (owner, rest) }
            }
            return (kind, name)
        case "Job":
            // CronJob's controller appends the minute it was due at, counted from 1970.
            guard let dash = name.lastIndex(of: "-") else { return (kind, name) }
            let minute = name[name.index(after: dash)...]
            guard (8...9).contains(minute.count), minute.allSatisfy(\.isNumber), dash > name.startIndex
            else { return (kind, name) }
            return ("CronJob", String(name[..<dash]))
        case "Node":
            // A static pod: its mirror is called after the node.
            let own = pod.name
            return ("Pod", own.dropped(suffix: "-\(name)") ?? own)
        default: return (kind, name)
        }
    }
}

extension String {
    fileprivate func dropped(suffix: String) -> String? {
        hasSuffix(suffix) && count > suffix.count ? String(dropLast(suffix.count)) : nil
    }
}
