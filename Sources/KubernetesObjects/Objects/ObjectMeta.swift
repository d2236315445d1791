/// What all objects have, as far as it is used here.
package struct ObjectMeta: Codable, Sendable, Hashable {
    package var name: String
    package var namespace: String?
    package var uid: String?
    /// Opaque; only ever handed back, or compared for equality.
    package var resourceVersion: String?
    /// Raised with each change of the spec; absent of kinds without one.
    package var generation: Int64?
    package var labels: [String: String]?
    package var annotations: [String: String]?
    package var ownerReferences: [OwnerReference]?
    /// RFC 3339.
    package var creationTimestamp: String?
    package var deletionTimestamp: String?

    package init(
        name: String, namespace: String? = nil, labels: [String: String]? = nil,
        annotations: [String: String]? = nil
    ) {
        self.name = name
        self.namespace = namespace
        self.labels = labels
        self.annotations = annotations
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        // Bookmarks and answers to reviews have none.
        name = try values.decodeIfPresent(String.self, forKey: .name) ?? ""
        namespace = try values.decodeIfPresent(String.self, forKey: .namespace)
        uid = try values.decodeIfPresent(String.self, forKey: .uid)
        resourceVersion = try values.decodeIfPresent(String.self, forKey: .resourceVersion)
        generation = try values.decodeIfPresent(Int64.self, forKey: .generation)
        labels = try values.decodeIfPresent([String: String].self, forKey: .labels)
        annotations = try values.decodeIfPresent([String: String].self, forKey: .annotations)
        ownerReferences = try values.decodeIfPresent([OwnerReference].self, forKey: .ownerReferences)
        creationTimestamp = try values.decodeIfPresent(String.self, forKey: .creationTimestamp)
        deletionTimestamp = try values.decodeIfPresent(String.self, forKey: .deletionTimestamp)
    }
}

package struct OwnerReference: Codable, Sendable, Hashable {
    package var apiVersion: String
    package var kind: String
    package var name: String
    package var uid: String
    /// One owner at most is the controller.
    package var controller: Bool?

    package init(apiVersion: String, kind: String, name: String, uid: String, controller: Bool? = nil) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
        self.uid = uid
        self.controller = controller
    }
}
