/// One kind of object and where it is served.
package struct ResourceKind: Sendable, Hashable {
    /// "" for the core group.
    package let group: String
    package let version: String
    /// As it stands in paths and in RBAC rules: `deployments`.
    package let plural: String
    package let kind: String
    package let isNamespaced: Bool

    package init(group: String, version: String, plural: String, kind: String, isNamespaced: Bool) {
        self.group = group
        self.version = version
        self.plural = plural
        self.kind = kind
        self.isNamespaced = isNamespaced
    }

    /// `apps/v1`, or `v1` of the core group.
    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// `deployments.apps`, as kubectl names it.
    package var qualifiedName: String { group.isEmpty ? plural : "\(plural).\(group)" }

    /// - Parameters:
    ///   - namespace: nil for all, or of a kind without.
    ///   - name: nil for the collection.
    ///   - subresource: such as `status`; nil: the object itself.
    package func path(namespace: String?, name: String? = nil, subresource: String? = nil) -> String {
        var path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        if isNamespaced, let namespace { path += "/namespaces/\(QueryText.escaped(namespace))" }
        path += "/\(plural)"
        if let name { path += "/\(QueryText.escaped(name))" }
        if let subresource { path += "/\(subresource)" }
        return path
    }
}
