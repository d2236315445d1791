struct StoredObject: Sendable {
    /// Without apiVersion, kind and managedFields, which depend on who asks.
    var json: JSON
    var managers: [FieldManager] = []

    var name: String { json["metadata"]["name"].text ?? "" }
    var uid: String { json["metadata"]["uid"].text ?? "" }
    var resourceVersion: String { json["metadata"]["resourceVersion"].text ?? "" }

    /// As the kind and version has it.
    func view(_ kind: ServedKind, version: String) -> JSON {
        var view = kind == .events ? EventViews.core(json) : json
        view["apiVersion"] = .string(kind.apiVersion(version))
        view["kind"] = .string(kind.kind)
        if !managers.isEmpty { view["metadata"]["managedFields"] = .array(managers.map(\.entry)) }
        return view
    }
}
