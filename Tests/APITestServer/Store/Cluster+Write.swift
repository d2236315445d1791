/// Creating, replacing, patching and deleting, with everything that is refused.
extension Cluster {
    // MARK: Create

    mutating func create(_ body: JSON, _ write: Write) throws(StatusError) -> StoredObject {
        var json = try decoded(body, write)
        let given = json["metadata"]
        if let namespace = given["namespace"].text, !namespace.isEmpty, namespace != write.namespace ?? "" {
            throw .badRequest(
                "the namespace of the provided object does not match the namespace sent on the request")
        }
        if let name = write.name, let own = given["name"].text, !own.isEmpty, own != name {
            throw .badRequest("the name of the object (\(own)) does not match the name on the URL (\(name))")
        }
        var name = write.name ?? given["name"].text ?? ""
        if name.isEmpty, let prefix = given["generateName"].text, !prefix.isEmpty {
            let letters = Array("bcdfghjklmnpqrstvwxz2456789")
            name = prefix + String((0..<5).map { _ in letters[Int.random(in: 0..<letters.count)] })
        }
        guard !name.isEmpty else {
            throw .invalid(
                write.kind, "", [.required("metadata.name", "name or generateName is required")])
        }
        try requireNamespace(write)
        if let version = given["resourceVersion"].text, !version.isEmpty {
            throw StatusError(
                code: 500, reason: "InternalError",
                message: "resourceVersion should not be set on objects to be created")
        }
        json["metadata"]["name"] = .string(name)
        json["metadata"]["namespace"] = write.kind.isNamespaced ? .text(write.namespace) : .null
        json["metadata"]["managedFields"] = .null
        json["metadata"]["generation"] = write.kind.generationFields.isEmpty ? .null : 1
        if write.kind.hasStatus { json["status"] = .null }
        let managers = ServerSideApply(kind: write.kind, time: Self.now)
            .update([], from: [:], to: json, by: write.writer(.update))
        return try admit(StoredObject(json: json, managers: managers), write, name)
    }

    /// The last steps of what is new.
    private mutating func admit(
        _ object: StoredObject, _ write: Write, _ name: String
    ) throws(StatusError) -> StoredObject {
        var object = object
        object.json = Self.born(object.json)
        Defaults.fill(&object.json, write.kind)
        try Validation(kind: write.kind, version: write.version, cluster: self).check(object.json, old: nil)
        let key = key(write.kind, write.namespace, name)
        guard objects[key] == nil else { throw .alreadyExists(write.kind, name) }
        for quota in quotas where quota.namespace == key.namespace && quota.plural == write.kind.plural {
            let used = all(write.kind, key.namespace).count
            if used >= quota.limit { throw quota.refusal(write.kind, name, used: used) }
        }
        if write.isDryRun { return object }
        return store(object, key)
    }

    private func requireNamespace(_ write: Write) throws(StatusError) {
        guard write.kind.isNamespaced else { return }
        _ = try object(.namespaces, nil, write.namespace ?? "")
    }

    /// The body as it is stored: of the right kind, with known members.
    private func decoded(_ body: JSON, _ write: Write) throws(StatusError) -> JSON {
        guard body.fields != nil else { throw .badRequest("the object provided is unrecognized (must be of type \(write.kind.kind))") }
        let apiVersion = write.kind.apiVersion(write.version)
        if write.kind.isCustom, body["kind"].isNull || body["apiVersion"].isNull {
            throw .badRequest(
                "Object '\(body["kind"].isNull ? "Kind" : "apiVersion")' is missing in '\(body)'")
        }
        if let kind = body["kind"].text, let version = body["apiVersion"].text,
            kind != write.kind.kind || version != apiVersion
        {
            throw .badRequest(
                "\(kind) in version \"\(version)\" cannot be handled as a \(write.kind.kind): the API version or kind in the data does not match the expected one (\(apiVersion), \(write.kind.kind))"
            )
        }
        var json = try Schema.of(write.kind).checked(body, write.kind, apiVersion, isStrict: write.isStrict)
        json["apiVersion"] = .null
        json["kind"] = .null
        return write.kind == .events ? EventViews.stored(json) : json
    }

    // MARK: Replace

    mutating func replace(_ body: JSON, _ write: Write) throws(StatusError) -> StoredObject {
        let name = write.name ?? ""
        if write.subresource == "scale" { return try scale(body, write, write.writer(.update)) }
        let json = try decoded(body, write)
        if let own = json["metadata"]["name"].text, own != name {
            throw .badRequest("the name of the object (\(own)) does not match the name on the URL (\(name))")
        }
        if json["metadata"]["name"].isNull {
            throw .invalid(write.kind, "", [.required("metadata.name", "name must be provided")])
        }
        guard let old = objects[key(write.kind, write.namespace, name)] else {
            guard write.kind.allowsCreateOnUpdate, write.subresource.isEmpty else { throw .notFound(write.kind, name) }
            return try create(body, write)
        }
        let given = json["metadata"]["resourceVersion"].text ?? ""
        if given.isEmpty, !write.kind.allowsUnconditionalUpdate {
            throw .invalid(
                write.kind, name,
                [.invalid("metadata.resourceVersion", 0, "must be specified for an update")])
        }
        return try commit(json, old, write, .update(write.writer(.update)))
    }

    // MARK: Patch

    enum PatchType: String {
        case merge = "application/merge-patch+json"
        case strategic = "application/strategic-merge-patch+json"
        case apply = "application/apply-patch+yaml"
    }

    mutating func patch(_ patch: JSON, _ type: PatchType, _ write: Write) throws(StatusError) -> StoredObject {
        let name = write.name ?? ""
        if type == .apply { return try apply(patch, write) }
        guard patch.fields != nil else {
            throw .badRequest("json: cannot unmarshal into Go value of type map[string]interface {}")
        }
        guard let old = objects[key(write.kind, write.namespace, name)] else { throw .notFound(write.kind, name) }
        let target = write.subresource == "scale" ? Self.scaleView(old) : old.view(write.kind, version: write.version)
        let patched =
            type == .merge
            ? MergePatch.apply(patch, to: target)
            : try StrategicMerge(kind: write.kind).apply(patch, to: target)
        if write.subresource == "scale" { return try scale(patched, write, write.writer(.update)) }
        let json = try decoded(patched, write)
        return try commit(json, old, write, .update(write.writer(.update)))
    }

    private mutating func apply(_ body: JSON, _ write: Write) throws(StatusError) -> StoredObject {
        let name = write.name ?? ""
        for member in ["kind", "apiVersion"] where body[member].isNull {
            throw .badRequest("Object '\(member == "kind" ? "Kind" : member)' is missing in '\(body)'")
        }
        if !body["metadata"]["managedFields"].isEmpty {
            throw .badRequest("metadata.managedFields must be nil")
        }
        if let own = body["metadata"]["name"].text, own != name {
            throw .badRequest("the name of the object (\(own)) does not match the name on the URL (\(name))")
        }
        let writer = write.writer(.apply)
        let live = objects[key(write.kind, write.namespace, name)]
        if write.subresource == "scale" {
            guard live != nil else { throw .notFound(write.kind, name) }
            return try scale(body, write, writer)
        }
        var applied = try decoded(body, write)
        applied["metadata"]["name"] = .string(name)
        applied["metadata"]["namespace"] = write.kind.isNamespaced ? .text(write.namespace) : .null
        let expected = applied["metadata"]["resourceVersion"]
        applied["metadata"]["resourceVersion"] = .null
        if write.subresource == "status" {
            applied = ["metadata": ["name": .string(name)], "status": applied["status"]]
        } else if write.kind.hasStatus {
            applied["status"] = .null
        }
        let rules = ServerSideApply(kind: write.kind, time: Self.now)
        guard let live else {
            guard write.subresource.isEmpty else { throw .notFound(write.kind, name) }
            try requireNamespace(write)
            let (object, managers) = try rules.apply(applied, to: [:], [], by: writer, force: write.force)
            var json = object
            json["metadata"]["generation"] = write.kind.generationFields.isEmpty ? .null : 1
            return try admit(StoredObject(json: json, managers: managers), write, name)
        }
        var (object, managers) = try rules.apply(
            applied, to: live.json, live.managers, by: writer, force: write.force)
        object["metadata"]["resourceVersion"] = expected
        return try commit(object, live, write, .apply(managers))
    }

    // MARK: Subresources

    static func scaleView(_ deployment: StoredObject) -> JSON {
        let json = deployment.json
        let selector = (json["spec"]["selector"]["matchLabels"].fields ?? [:]).sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value.text ?? "")" }.joined(separator: ",")
        var metadata: JSON = [:]
        for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            metadata[field] = json["metadata"][field]
        }
        return [
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
            "spec": ["replicas": .integer(json["spec"]["replicas"].integer ?? 0)],
            "status": [
                "replicas": .integer(json["status"]["replicas"].integer ?? 0), "selector": .string(selector),
            ],
        ]
    }

    private mutating func scale(
        _ scale: JSON, _ write: Write, _ writer: FieldManager
    ) throws(StatusError) -> StoredObject {
        let name = write.name ?? ""
        guard let old = objects[key(write.kind, write.namespace, name)] else { throw .notFound(write.kind, name) }
        guard scale["kind"] == "Scale", scale["apiVersion"] == "autoscaling/v1" else {
            throw .badRequest("expected a Scale of autoscaling/v1, got \(scale["kind"]) of \(scale["apiVersion"])")
        }
        let replicas = scale["spec"]["replicas"]
        guard replicas.isNull || replicas.integer != nil else {
            throw .badRequest("json: cannot unmarshal into Go struct field ScaleSpec.spec.replicas of type int32")
        }
        let count = replicas.integer ?? 0
        guard count >= 0 else {
            throw .invalid(
                write.kind, name,
                [.invalid("spec.replicas", replicas, "must be greater than or equal to 0")])
        }
        guard writer.operation == .update else {
            let (object, managers) = try ServerSideApply(kind: write.kind, time: Self.now).apply(
                ["spec": ["replicas": .integer(count)]], to: old.json, old.managers, by: writer, force: write.force)
            return try commit(object, old, write, .apply(managers))
        }
        var json = old.json
        json["spec"]["replicas"] = .integer(count)
        json["metadata"]["resourceVersion"] = scale["metadata"]["resourceVersion"]
        return try commit(json, old, write, .update(writer))
    }

    // MARK: Commit

    private enum Owners {
        case update(FieldManager)
        case apply([FieldManager])
    }

    private mutating func commit(
        _ wanted: JSON, _ old: StoredObject, _ write: Write, _ owners: Owners
    ) throws(StatusError) -> StoredObject {
        let name = write.name ?? ""
        let given = wanted["metadata"]["resourceVersion"].text ?? ""
        if !given.isEmpty, given != old.resourceVersion { throw .conflict(write.kind, name) }
        if let uid = wanted["metadata"]["uid"].text, uid != old.uid {
            throw .conflict(
                write.kind, name, "Precondition failed: UID in precondition: \(uid), UID in object meta: \(old.uid)")
        }
        var json = try Strategy.prepared(wanted, old: old.json, write)
        for field in ["name", "namespace", "uid", "creationTimestamp", "generation", "resourceVersion", "deletionTimestamp"] {
            json["metadata"][field] = old.json["metadata"][field]
        }
        json["metadata"]["managedFields"] = .null
        Defaults.fill(&json, write.kind)
        var validation = Validation(kind: write.kind, version: write.version, cluster: self)
        validation.isResize = write.subresource == "resize"
        try validation.check(json, old: old.json)
        if write.subresource == "resize" { try Resizing.check(json, old: old.json, write.kind, self) }

        let managers: [FieldManager]
        switch owners {
        case .apply(let all): managers = all
        case .update(let writer):
            managers = ServerSideApply(kind: write.kind, time: Self.now)
                .update(old.managers, from: old.json, to: json, by: writer)
        }
        let isSameOwners =
            Dictionary(managers.map { ($0.described + $0.operation.rawValue, $0.fields) }) { $1 }
            == Dictionary(old.managers.map { ($0.described + $0.operation.rawValue, $0.fields) }) { $1 }
        // What changes nothing is no change: no new version, nothing to watch.
        if json == old.json, isSameOwners { return old }
        if write.kind.generationFields.contains(where: { json[$0] != old.json[$0] })
            || (write.kind == .deployments && json["metadata"]["annotations"] != old.json["metadata"]["annotations"])
        {
            json["metadata"]["generation"] = .integer((old.json["metadata"]["generation"].integer ?? 0) + 1)
        }
        let object = StoredObject(json: json, managers: managers)
        if write.isDryRun { return object }
        let key = key(write.kind, write.namespace, name)
        if !json["metadata"]["deletionTimestamp"].isNull, json["metadata"]["finalizers"].isEmpty {
            return remove(key) ?? object
        }
        return store(object, key)
    }

    // MARK: Delete

    /// - Returns: the object, and whether it is gone; with finalizers it is only marked.
    mutating func delete(_ options: JSON, _ write: Write) throws(StatusError) -> (object: StoredObject, isGone: Bool) {
        let name = write.name ?? ""
        let key = key(write.kind, write.namespace, name)
        guard var object = objects[key] else { throw .notFound(write.kind, name) }
        let conditions = options["preconditions"]
        if let uid = conditions["uid"].text, uid != object.uid {
            throw .conflict(
                write.kind, name,
                "Precondition failed: UID in precondition: \(uid), UID in object meta: \(object.uid)")
        }
        if let version = conditions["resourceVersion"].text, version != object.resourceVersion {
            throw .conflict(
                write.kind, name,
                "Precondition failed: ResourceVersion in precondition: \(version), ResourceVersion in object meta: \(object.resourceVersion)"
            )
        }
        if write.isDryRun || options["dryRun"] == ["All"] { return (object, true) }
        if !object.json["metadata"]["finalizers"].isEmpty {
            if object.json["metadata"]["deletionTimestamp"].isNull {
                object.json["metadata"]["deletionTimestamp"] = .string(Self.now)
                object.json["metadata"]["deletionGracePeriodSeconds"] = 0
                object = store(object, key)
            }
            return (object, false)
        }
        return (remove(key) ?? object, true)
    }
}
