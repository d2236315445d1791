/// One open watch.
struct Watcher: Sendable {
    let kind: ServedKind
    let version: String
    /// Nil for all.
    let namespace: String?
    let labels: LabelSelector?
    let fields: FieldSelector?
    let wantsBookmarks: Bool
    let sink: any WatchSink

    func matches(_ object: StoredObject) -> Bool {
        if let labels, !labels.matches(object.json["metadata"]["labels"].fields ?? [:]) { return false }
        return fields?.matches(object.view(kind, version: version)) ?? true
    }

    /// What the change is to this watch: an object that stops matching is deleted to it.
    func line(_ change: Change) -> String? {
        guard change.key.storage == kind.storage, namespace == nil || namespace == change.key.namespace else {
            return nil
        }
        let old = change.old.flatMap { matches($0) ? $0 : nil }
        let new = change.new.flatMap { matches($0) ? $0 : nil }
        switch (old, new) {
        case (nil, let new?): return line("ADDED", new)
        case (_?, let new?): return line("MODIFIED", new)
        case (var old?, nil):
            old.json["metadata"]["resourceVersion"] = .string(String(change.version))
            return line("DELETED", old)
        case (nil, nil): return nil
        }
    }

    func line(_ type: String, _ object: StoredObject) -> String {
        Self.line(type, object.view(kind, version: version))
    }

    static func line(_ type: String, _ object: JSON) -> String {
        JSON.object(["type": .string(type), "object": object]).description + "\n"
    }

    /// A bookmark is an object of the kind with a version and nothing else: what must be there in
    /// others is null in it.
    func bookmark(_ at: Int, endsInitialEvents: Bool = false) -> String {
        var metadata: [String: JSON] = ["resourceVersion": .string(String(at)), "creationTimestamp": .null]
        if endsInitialEvents { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        var object: [String: JSON] = [
            "kind": .string(kind.kind), "apiVersion": .string(kind.apiVersion(version)),
            "metadata": .object(metadata),
        ]
        switch kind {
        case .pods: object["spec"] = .object(["containers": .null])
        case .deployments:
            object["spec"] = .object([
                "selector": .null, "template": .object(["metadata": .object([:]), "spec": .object(["containers": .null])]),
                "strategy": .object([:]),
            ])
            object["status"] = .object([:])
        case .leases, .nodes, .namespaces: object["spec"] = .object([:])
        default: break
        }
        return Self.line("BOOKMARK", .object(object))
    }
}
