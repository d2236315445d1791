/// A typed view of one kind of object: the fields that are used, and no others.
///
/// What is not in the type is not in what is written, so only objects that are Headroom's own are
/// `replace`d or `create`d whole; others' are patched.
package protocol APIObject: Codable, Sendable {
    static var kind: ResourceKind { get }
    var metadata: ObjectMeta { get set }
}

/// An object as it goes over the wire: with the two fields that say what it is.
package struct WireObject<Object: APIObject>: Encodable {
    package let object: Object

    package init(object: Object) { self.object = object }

    private enum CodingKeys: String, CodingKey {
        case apiVersion, kind
    }

    package func encode(to encoder: any Encoder) throws {
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

    package init(items: [Object], resourceVersion: String) {
        self.items = items
        self.resourceVersion = resourceVersion
    }
}

/// One page of a list.
package struct ListPage<Object: APIObject>: Decodable {
    package struct Metadata: Decodable {
        package var resourceVersion: String?
        package var `continue`: String?
    }

    package var metadata: Metadata
    /// Null when there are none, in what Go writes.
    package var items: [Object]?
}
