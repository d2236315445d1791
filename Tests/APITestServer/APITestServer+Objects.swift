/// Requests for objects.
extension APITestServer {
    static func objects(
        _ request: ReceivedRequest, _ kind: ServedKind, _ version: String, _ namespace: String?,
        _ name: String?, _ subresource: String, _ sink: any WatchSink, _ cluster: inout Cluster
    ) throws(StatusError) -> Answer {
        var write = Write(kind: kind, version: version, namespace: namespace, name: name)
        write.subresource = subresource
        let selection = Cluster.Selection(
            kind: kind, version: version, namespace: namespace, query: request.query)
        if !subresource.isEmpty, !["get", "update", "patch"].contains(request.verb) { throw .methodNotAllowed }
        switch request.verb {
        case "get": return .json(200, view(try cluster.object(kind, namespace, name ?? ""), write))
        case "list": return .json(200, try cluster.list(selection))
        case "watch":
            let seconds = Int(request.query["timeoutSeconds"] ?? "") ?? 1800
            return .stream(try cluster.watch(selection, sink), seconds: seconds)
        case "delete", "deletecollection": return try delete(request, write, selection, &cluster)
        default: break
        }
        try options(request, &write)
        switch request.verb {
        case "create":
            guard name == nil, !kind.isNamespaced || namespace != nil else { throw .methodNotAllowed }
            let body = try body(request, ["application/json", "application/yaml"])
            return .json(201, view(try cluster.create(body, write), write))
        case "update":
            guard name != nil else { throw .methodNotAllowed }
            let body = try body(request, ["application/json", "application/yaml"])
            let isNew = cluster.objects[cluster.key(kind, namespace, name ?? "")] == nil
            return .json(isNew ? 201 : 200, view(try cluster.replace(body, write), write))
        case "patch":
            guard name != nil else { throw .methodNotAllowed }
            let accepted =
                ["application/json-patch+json", "application/merge-patch+json"]
                + (kind.isCustom ? [] : ["application/strategic-merge-patch+json"]) + ["application/apply-patch+yaml"]
            guard let type = contentType(request).flatMap(Cluster.PatchType.init), accepted.contains(type.rawValue) else {
                throw .unsupportedMediaType(accepted)
            }
            try check(request, type, &write)
            let isNew = cluster.objects[cluster.key(kind, namespace, name ?? "")] == nil
            let body = try body(request, accepted)
            return .json(isNew ? 201 : 200, view(try cluster.patch(body, type, write), write))
        default: throw .methodNotAllowed
        }
    }

    private static func view(_ object: StoredObject, _ write: Write) -> JSON {
        write.subresource == "scale"
            ? Cluster.scaleView(object) : object.view(write.kind, version: write.version)
    }

    private static func options(_ request: ReceivedRequest, _ write: inout Write) throws(StatusError) {
        switch request.query["dryRun"] {
        case nil, "": break
        case "All": write.isDryRun = true
        case let other?:
            throw .invalidOptions("CreateOptions", .notSupported("dryRun", .string(other), ["All"]))
        }
        switch request.query["fieldValidation"] {
        case "Strict": write.isStrict = true
        case nil, "", "Warn", "Ignore": break
        case let other?:
            throw .invalidOptions(
                "CreateOptions", .notSupported("fieldValidation", .string(other), ["Ignore", "Strict", "Warn"]))
        }
        let agent = request.headers["user-agent"] ?? "unknown"
        write.manager = request.query["fieldManager"] ?? String(agent.split(separator: "/").first ?? "unknown")
        if write.manager.utf8.count > 128 {
            throw .invalidOptions("CreateOptions", .invalid("fieldManager", "", "may not be longer than 128"))
        }
    }

    private static func check(
        _ request: ReceivedRequest, _ type: Cluster.PatchType, _ write: inout Write
    ) throws(StatusError) {
        if type == .apply {
            if (request.query["fieldManager"] ?? "").isEmpty {
                throw .invalidOptions("PatchOptions", .required("fieldManager", "is required for apply patch"))
            }
            write.force = ["true", "1"].contains(request.query["force"] ?? "")
        } else if request.query["force"] != nil {
            throw .invalidOptions("PatchOptions", .forbidden("force", "may not be specified for non-apply patch"))
        }
    }

    private static func delete(
        _ request: ReceivedRequest, _ write: Write, _ selection: Cluster.Selection, _ cluster: inout Cluster
    ) throws(StatusError) -> Answer {
        var write = write
        let options = request.body.isEmpty ? JSON.object([:]) : try body(request, ["application/json"])
        write.isDryRun = request.query["dryRun"] == "All"
        let kind = write.kind
        guard let name = write.name else {
            let list = try cluster.list(selection)
            for item in list["items"].items ?? [] {
                write.name = item["metadata"]["name"].text
                write.namespace = item["metadata"]["namespace"].text
                _ = try cluster.delete(options, write)
            }
            return .json(200, list)
        }
        let (object, isGone) = try cluster.delete(options, write)
        if kind == .pods || !isGone { return .json(200, object.view(kind, version: write.version)) }
        var details: JSON = ["name": .string(name), "kind": .string(kind.plural), "uid": .string(object.uid)]
        if !kind.group.isEmpty { details["group"] = .string(kind.group) }
        return .json(
            200,
            ["kind": "Status", "apiVersion": "v1", "metadata": .object([:]), "status": "Success", "details": details])
    }
}
