/// One line of a watch.
enum WatchEvent<Object: APIObject>: Decodable {
    case changed(Object)
    case removed(Object)
    /// Nothing changed up to this version. `endsList`: all objects that there were have been told.
    case bookmark(version: String, endsList: Bool)
    case failed(APIStatus)
    /// Of a kind that is not known.
    case other(String)

    private enum CodingKeys: String, CodingKey {
        case type, object
    }

    private struct Bookmark: Decodable {
        var metadata: ObjectMeta
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        switch try values.decode(String.self, forKey: .type) {
        case "ADDED", "MODIFIED": self = .changed(try values.decode(Object.self, forKey: .object))
        case "DELETED": self = .removed(try values.decode(Object.self, forKey: .object))
        case "BOOKMARK":
            let mark = try values.decode(Bookmark.self, forKey: .object).metadata
            self = .bookmark(
                version: mark.resourceVersion ?? "",
                endsList: mark.annotations?["k8s.io/initial-events-end"] == "true")
        case "ERROR": self = .failed(try values.decode(APIStatus.self, forKey: .object))
        case let type: self = .other(type)
        }
    }
}
