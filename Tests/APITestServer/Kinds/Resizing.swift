/// The `resize` subresource of pods: CPU and memory of containers, and nothing else.
enum Resizing {
    /// `old` with the resources of `wanted`. All else is dropped without a word, as servers do.
    static func resized(_ old: JSON, as wanted: JSON, _ kind: ServedKind) throws(StatusError) -> JSON {
        var json = old
        for list in ["containers", "initContainers"] {
            let given = wanted["spec"][list].items ?? []
            guard let there = old["spec"][list].items else { continue }
            if Set(given.map { $0["name"] }) != Set(there.map { $0["name"] }) {
                throw .invalid(
                    kind, old["metadata"]["name"].text ?? "",
                    [.forbidden("spec.\(list)", "containers may not be added or removed on resize")])
            }
            for (index, container) in there.enumerated() {
                guard let new = given.first(where: { $0["name"] == container["name"] }) else { continue }
                json["spec"][list][index]["resources"] = new["resources"]
                json["spec"][list][index]["resizePolicy"] = new["resizePolicy"]
            }
        }
        return json
    }

    /// - Throws: 422 for what can never be, 403 for what the node has not.
    static func check(_ new: JSON, old: JSON, _ kind: ServedKind, _ cluster: Cluster) throws(StatusError) {
        let name = new["metadata"]["name"].text ?? ""
        var causes: [StatusError.Cause] = []
        let (before, after) = (QualityOfService(of: old), QualityOfService(of: new))
        if before != after {
            causes.append(
                .invalid("spec", .string(after.rawValue), "Pod QOS Class may not change as a result of resizing"))
        }
        for (index, container) in (new["spec"]["containers"].items ?? []).enumerated() {
            let there = old["spec"]["containers"][index]["resources"]
            for part in ["limits", "requests"] {
                let gone = Set((there[part].fields ?? [:]).keys).subtracting((container["resources"][part].fields ?? [:]).keys)
                if !gone.isEmpty {
                    causes.append(
                        .forbidden("spec.containers[\(index)].resources.\(part)", "resource \(part) cannot be removed"))
                }
                for (resource, amount) in container["resources"][part].fields ?? [:]
                where !["cpu", "memory"].contains(resource) && there[part][resource] != amount {
                    causes.append(.forbidden("spec", "only cpu and memory resources are mutable"))
                }
            }
        }
        if !causes.isEmpty { throw .invalid(kind, name, causes) }
        try fits(new, kind, name, cluster)
    }

    private static func fits(_ pod: JSON, _ kind: ServedKind, _ name: String, _ cluster: Cluster) throws(StatusError) {
        guard let node = pod["spec"]["nodeName"].text,
            let stored = cluster.objects[cluster.key(.nodes, nil, node)]
        else { return }
        for resource in ["cpu", "memory"] {
            guard let allocatable = Quantity(stored.json["status"]["allocatable"][resource]) else { continue }
            let wanted = (pod["spec"]["containers"].items ?? []).reduce(Int128(0)) {
                $0 + (Quantity($1["resources"]["requests"][resource])?.nanos ?? 0)
            }
            if wanted > allocatable.nanos {
                throw .forbidden(
                    kind, name,
                    "node \"\(node)\" didn't have enough allocatable resources: \(resource), requested: \(wanted / 1_000_000), allocatable: \(allocatable.nanos / 1_000_000)"
                )
            }
        }
    }
}
