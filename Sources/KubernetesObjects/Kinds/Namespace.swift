package struct Namespace: APIObject, Hashable {
    package static let kind = ResourceKind(
        group: "", version: "v1", plural: "namespaces", kind: "Namespace", isNamespaced: false)

    package var metadata: ObjectMeta

    package init(metadata: ObjectMeta) { self.metadata = metadata }
}
