package import KubernetesAPI

/// A VPA whose recommendation Headroom writes.
package struct VerticalPodAutoscaler: APIObject, Hashable {
    package static let kind = ResourceKind(
        group: "autoscaling.k8s.io",
        version: "v1",
        plural: "verticalpodautoscalers",
        kind: "VerticalPodAutoscaler",
        isNamespaced: true
    )

    package struct Spec: Codable, Sendable, Hashable {
        package var targetRef: TargetReference?
        package var recommenders: [Recommender]?
        package var updatePolicy: UpdatePolicy?
        package var resourcePolicy: ResourcePolicy?

        package init() {}
    }

    package struct UpdatePolicy: Codable, Sendable, Hashable {
        /// `Off`, `Initial`, `Recreate`, `InPlaceOrRecreate` or `Auto`.
        package var updateMode: String?

        package init(updateMode: String?) { self.updateMode = updateMode }
    }

    package struct TargetReference: Codable, Sendable, Hashable {
        package var apiVersion: String?
        package var kind: String
        package var name: String

        package init(apiVersion: String?, kind: String, name: String) {
            self.apiVersion = apiVersion
            self.kind = kind
            self.name = name
        }
    }

    package struct Recommender: Codable, Sendable, Hashable {
        package var name: String

        package init(name: String) { self.name = name }
    }

    package struct ResourcePolicy: Codable, Sendable, Hashable {
        package var containerPolicies: [ContainerPolicy]?

        package init(containerPolicies: [ContainerPolicy]) {
            self.containerPolicies = containerPolicies
        }
    }

    package struct ContainerPolicy: Codable, Sendable, Hashable {
        /// `*`: of every container without one of its own.
        package var containerName: String?
        /// `Auto`, which is the default, or `Off`.
        package var mode: String?
        package var minAllowed: ResourceList?
        package var maxAllowed: ResourceList?
        package var controlledResources: [String]?

        package init(containerName: String) { self.containerName = containerName }
    }

    package struct Status: Codable, Sendable, Hashable {
        package var recommendation: Recommendation?
        package var conditions: [Condition]?

        package init(recommendation: Recommendation?, conditions: [Condition]?) {
            self.recommendation = recommendation
            self.conditions = conditions
        }
    }

    package struct Recommendation: Codable, Sendable, Hashable {
        package var containerRecommendations: [ContainerRecommendation]?
    }

    package struct ContainerRecommendation: Codable, Sendable, Hashable {
        package var containerName: String
        package var target: ResourceList
        package var lowerBound: ResourceList?
        package var upperBound: ResourceList?
        package var uncappedTarget: ResourceList?
    }

    package var metadata: ObjectMeta
    package var spec: Spec
    package var status: Status?

    package init(metadata: ObjectMeta, spec: Spec) {
        self.metadata = metadata
        self.spec = spec
    }
}
