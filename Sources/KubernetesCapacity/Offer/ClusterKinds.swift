package import KubernetesAPI

/// Which of the kinds that Headroom can use a cluster serves.
package struct ClusterKinds: Sendable, Hashable {
    package var hasBufferV1Beta1 = false
    package var hasBufferV1Alpha1 = false
    /// Pods can be resized in place (stable since 1.35).
    package var hasResize = false
    package var hasVerticalPodAutoscaler = false
    /// `metrics.k8s.io`.
    package var hasMetrics = false

    /// The objects that hold chunks.
    package enum Choice: String, Sendable {
        case bufferV1Beta1 = "CapacityBuffer v1beta1"
        case bufferV1Alpha1 = "CapacityBuffer v1alpha1"
        case deployment = "Deployment of pause pods"
    }

    package init() {}

    /// Asks the server.
    package init(of client: APIClient) async throws {
        self.init(try await client.discover())
    }

    package init(_ discovery: Discovery) {
        hasBufferV1Beta1 = discovery.offers(CapacityBuffer<V1Beta1>.kind)
        hasBufferV1Alpha1 = discovery.offers(CapacityBuffer<V1Alpha1>.kind)
        hasResize = discovery.offers(Pod.kind, subresource: "resize")
        hasVerticalPodAutoscaler = discovery.offers(VerticalPodAutoscaler.kind)
        hasMetrics = discovery.offers(
            ResourceKind(
                group: "metrics.k8s.io",
                version: "v1beta1",
                plural: "pods",
                kind: "PodMetrics",
                isNamespaced: true
            )
        )
    }

    /// - Throws: `NoBufferKind` when CapacityBuffers are insisted on and there are none.
    package func choice(_ mode: ChunkSettings.Mode) throws(NoBufferKind) -> Choice {
        if mode != .deployment {
            if hasBufferV1Beta1 { return .bufferV1Beta1 }
            if hasBufferV1Alpha1 { return .bufferV1Alpha1 }
            guard mode == .auto else { throw NoBufferKind() }
        }
        return .deployment
    }
}

/// CapacityBuffers were insisted on.
package struct NoBufferKind: Error, CustomStringConvertible {
    package var description: String {
        "the cluster serves no CapacityBuffer (autoscaling.x-k8s.io/v1beta1 or v1alpha1): install its "
            + "CustomResourceDefinition with Cluster Autoscaler or Karpenter, or use --mode deployment"
    }
}
