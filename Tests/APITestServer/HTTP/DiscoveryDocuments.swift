/// What `/api` and `/apis` tell, all at once or group by group.
struct DiscoveryDocuments {
    let kinds: [ServedKind]

    static let aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

    private var groups: [String] {
        kinds.reduce(into: []) { if !$1.group.isEmpty, !$0.contains($1.group) { $0.append($1.group) } }
    }

    private func versions(_ group: String) -> [String] {
        kinds.filter { $0.group == group }.reduce(into: []) { all, kind in
            all += kind.versions.filter { !all.contains($0) }
        }
    }

    private func kinds(_ group: String, _ version: String) -> [ServedKind] {
        kinds.filter { $0.group == group && $0.versions.contains(version) }
    }

    func aggregated(core: Bool) -> JSON {
        let items = (core ? [""] : groups).map { group -> JSON in
            var item: JSON = [
                "versions": .array(
                    versions(group).map { version in
                        [
                            "version": .string(version), "freshness": "Current",
                            "resources": .array(kinds(group, version).map { aggregated($0, version) }),
                        ]
                    })
            ]
            item["metadata"] = group.isEmpty ? ["creationTimestamp": .null] : ["name": .string(group)]
            return item
        }
        return [
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": .object([:]),
            "items": .array(items),
        ]
    }

    private func aggregated(_ kind: ServedKind, _ version: String) -> JSON {
        let response: JSON = ["group": .string(kind.group), "version": .string(version), "kind": .string(kind.kind)]
        var resource: JSON = [
            "resource": .string(kind.plural), "responseKind": response,
            "scope": kind.isNamespaced ? "Namespaced" : "Cluster",
            "singularResource": .string(kind.kind.lowercased()), "verbs": .array(kind.verbs.map { .string($0) }),
        ]
        if !kind.shortNames.isEmpty { resource["shortNames"] = .array(kind.shortNames.map { .string($0) }) }
        if !kind.subresources.isEmpty {
            resource["subresources"] = .array(
                kind.subresources.sorted().map { name in
                    [
                        "subresource": .string(name),
                        "responseKind": name == "scale"
                            ? ["group": "autoscaling", "version": "v1", "kind": "Scale"] : response,
                        "verbs": ["get", "patch", "update"],
                    ]
                })
        }
        return resource
    }

    var coreVersions: JSON { ["kind": "APIVersions", "versions": ["v1"]] }

    var groupList: JSON {
        [
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": .array(
                groups.map { group in
                    let all = versions(group).map { version -> JSON in
                        ["groupVersion": .string("\(group)/\(version)"), "version": .string(version)]
                    }
                    return ["name": .string(group), "versions": .array(all), "preferredVersion": all[0]]
                }),
        ]
    }

    /// - Parameter path: `/api/v1` or `/apis/GROUP/VERSION`.
    func resources(_ path: String) -> JSON? {
        let parts = path.split(separator: "/").map(String.init)
        let (group, version) = parts.count == 2 ? ("", parts[1]) : (parts[1], parts[2])
        let found = kinds(group, version)
        guard let first = found.first else { return nil }
        let resources = found.flatMap { kind -> [JSON] in
            [Self.resource(kind, kind.plural, kind.verbs)]
                + kind.subresources.sorted().map {
                    Self.resource(kind, "\(kind.plural)/\($0)", ["get", "patch", "update"])
                }
        }
        return [
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(first.apiVersion(version)),
            "resources": .array(resources),
        ]
    }

    private static func resource(_ kind: ServedKind, _ name: String, _ verbs: [String]) -> JSON {
        [
            "name": .string(name), "singularName": name.contains("/") ? "" : .string(kind.kind.lowercased()),
            "namespaced": .bool(kind.isNamespaced), "kind": .string(name.hasSuffix("/scale") ? "Scale" : kind.kind),
            "verbs": .array(verbs.map { .string($0) }),
        ]
    }
}
