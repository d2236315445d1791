/// Who has set which fields of an object.
struct FieldManager: Hashable, Sendable {
    enum Operation: String, Sendable {
        case apply = "Apply"
        case update = "Update"
    }

    var name: String
    var operation: Operation
    var apiVersion: String
    /// "" for the object itself.
    var subresource: String
    var fields = FieldSet()
    var time = ""

    func isSame(as other: FieldManager) -> Bool {
        name == other.name && operation == other.operation && subresource == other.subresource
    }

    /// As in `metadata.managedFields`.
    var entry: JSON {
        var entry: JSON = [
            "manager": .string(name), "operation": .string(operation.rawValue),
            "apiVersion": .string(apiVersion), "time": .string(time), "fieldsType": "FieldsV1",
            "fieldsV1": fields.tree,
        ]
        if !subresource.isEmpty { entry["subresource"] = .string(subresource) }
        return entry
    }

    /// As in conflicts: `"hpa" with subresource "scale" using apps/v1`.
    var described: String {
        let via = subresource.isEmpty ? "" : " with subresource \"\(subresource)\""
        return "\"\(name)\"\(via)" + (operation == .update || !subresource.isEmpty ? " using \(apiVersion)" : "")
    }
}
