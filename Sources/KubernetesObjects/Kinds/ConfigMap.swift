internal import FoundationEssentials

/// At most 1 MiB in all.
package struct ConfigMap: APIObject, Hashable {
    package static let kind = ResourceKind(
        group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", isNamespaced: true)

    package var metadata: ObjectMeta
    package var data: [String: String]?
    /// Base64, as it goes over the wire.
    private var binaryData: [String: String]?

    package init(metadata: ObjectMeta) { self.metadata = metadata }

    /// Bytes by key; nil for none, and for what is no base64.
    package subscript(binary key: String) -> [UInt8]? {
        get { binaryData?[key].flatMap { Data(base64Encoded: $0) }.map { Array($0) } }
        set { binaryData = (binaryData ?? [:]).merging([key: newValue.map { Data($0).base64EncodedString() } ?? ""]) { $1 } }
    }
}
