/// One change that someone asks for.
struct Write {
    var kind: ServedKind
    /// Of the request's path.
    var version: String
    var namespace: String?
    /// Nil when it is a collection's path.
    var name: String?
    /// "" for the object itself.
    var subresource = ""
    var isDryRun = false
    /// Unknown and double members are an error, not dropped.
    var isStrict = false
    var manager = "unknown"
    var force = false

    func writer(_ operation: FieldManager.Operation) -> FieldManager {
        FieldManager(
            name: manager, operation: operation, apiVersion: kind.apiVersion(version), subresource: subresource)
    }
}
