/// JSON merge patch, RFC 7386.
enum MergePatch {
    static func apply(_ patch: JSON, to target: JSON) -> JSON {
        guard let changes = patch.fields else { return patch }
        var fields = target.fields ?? [:]
        for (key, change) in changes {
            fields[key] = change.isNull ? nil : apply(change, to: fields[key] ?? .null)
        }
        return .object(fields)
    }
}
