/// Where a path leads.
enum Route {
    /// Of objects: `namespace` is nil for all namespaces and for objects without.
    case objects(ServedKind, version: String, namespace: String?, name: String?, subresource: String)
    case other(String)
    /// In a group and version that there is: a Status.
    case noResource
    /// Elsewhere: plain text.
    case noPage

    init(_ path: String, _ cluster: Cluster) {
        var parts = path.split(separator: "/").map(String.init)[...]
        let group: String
        switch parts.popFirst() {
        case "api" where !parts.isEmpty: group = ""
        case "apis" where parts.count >= 2: group = parts.removeFirst()
        default:
            self = .other(path)
            return
        }
        let version = parts.removeFirst()
        let kinds = cluster.kinds.filter { $0.group == group && $0.versions.contains(version) }
        guard let first = kinds.first else {
            self = .noPage
            return
        }
        guard !parts.isEmpty else {
            self = .other(path)
            return
        }
        let none: Route = first.isCustom ? .noPage : .noResource
        var namespace: String?
        // `namespaces/x` alone is the namespace; with more, what is in it.
        if parts.first == "namespaces", parts.count >= 3, !["status", "finalize"].contains(parts[parts.startIndex + 2]) {
            namespace = parts[parts.startIndex + 1]
            parts = parts.dropFirst(2)
        }
        let plural = parts.removeFirst()
        let name = parts.popFirst()
        let subresource = parts.popFirst() ?? ""
        guard parts.isEmpty, let kind = kinds.first(where: { $0.plural == plural }),
            subresource.isEmpty || kind.subresources.contains(subresource),
            kind.isNamespaced ? (namespace != nil || name == nil) : namespace == nil
        else {
            self = none
            return
        }
        self = .objects(kind, version: version, namespace: namespace, name: name, subresource: subresource)
    }
}
