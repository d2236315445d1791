package import KubernetesAPI

/// A Deployment's `/scale`. The object is an `autoscaling/v1` Scale, found under its Deployment.
package struct Scale: APIObject, Hashable {
    package static let kind = ResourceKind(
        group: "apps",
        version: "v1",
        plural: "deployments",
        kind: "Scale",
        isNamespaced: true
    )

    package struct Spec: Codable, Sendable, Hashable {
        package var replicas: Int?
    }

    package var metadata: ObjectMeta
    package var spec: Spec
}
