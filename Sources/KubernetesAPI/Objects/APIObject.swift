/// A typed view of one kind of object: the fields that are used, and no others.
///
/// What is not in the type is not in what is written, so only objects that are Headroom's own are
/// `replace`d or `create`d whole; others' are patched.
package protocol APIObject: Codable, Sendable {
    static var kind: ResourceKind { get }
    var metadata: ObjectMeta { get set }
}

/// An object as it goes over the wire: with the two fields that say what it is.
struct WireObject<Object: APIObject>: Encodable {
    let object: Object

    private enum CodingKeys: String, CodingKey {
        case apiVersion, kind
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(Object.kind.apiVersion, forKey: .apiVersion)
        try values.encode(Object.kind.kind, forKey: .kind)
        try object.encode(to: encoder)
    }
}

package struct ObjectList<Object: APIObject>: Sendable {
    package var items: [Object]
    /// Of the list as a whole: where a watch goes on from.
    package var resourceVersion: String
}

/// One page of a list.
struct ListPage<Object: APIObject>: Decodable {
    struct Metadata: Decodable {
        var resourceVersion: String?
        var `continue`: String?
    }

    var metadata: Metadata
    /// Null when there are none, in what Go writes.
    var items: [Object]?
}
