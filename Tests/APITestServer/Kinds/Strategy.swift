/// What a write through one path may touch of an object.
enum Strategy {
    /// `wanted` with all from `old` that the path does not change.
    static func prepared(_ wanted: JSON, old: JSON, _ write: Write) throws(StatusError) -> JSON {
        switch write.subresource {
        case "status":
            var json = old
            json["status"] = wanted["status"]
            // Built-in kinds take labels and annotations along; definitions' status does not.
            if !write.kind.isCustom, write.kind != .deployments {
                json["metadata"]["labels"] = wanted["metadata"]["labels"]
                json["metadata"]["annotations"] = wanted["metadata"]["annotations"]
            }
            return json
        case "resize": return try Resizing.resized(old, as: wanted, write.kind)
        case "scale": return wanted
        default:
            var json = wanted
            if write.kind.hasStatus { json["status"] = old["status"] }
            return json
        }
    }
}
