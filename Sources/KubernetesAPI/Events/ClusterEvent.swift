/// events.k8s.io: what people see under `kubectl describe`.
package struct ClusterEvent: APIObject, Hashable {
    package static let kind = ResourceKind(
        group: "events.k8s.io", version: "v1", plural: "events", kind: "Event", isNamespaced: true)

    package enum Level: String, Codable, Sendable {
        case normal = "Normal"
        case warning = "Warning"
    }

    package struct ObjectReference: Codable, Sendable, Hashable {
        package var apiVersion: String
        package var kind: String
        package var namespace: String?
        package var name: String
        package var uid: String?
        package var resourceVersion: String?
    }

    package struct Series: Codable, Sendable, Hashable {
        package var count: Int
        package var lastObservedTime: String
    }

    package var metadata: ObjectMeta
    package var eventTime: String?
    package var reportingController: String?
    package var reportingInstance: String?
    package var action: String?
    package var reason: String?
    package var regarding: ObjectReference?
    package var note: String?
    package var type: Level?
    package var series: Series?
}
