/// All pods that the agent was told of, by uid.
package struct PodDirectory: Sendable, Hashable {
    private var pods: [String: Pod] = [:]

    package init(_ pods: [Pod] = []) {
        // Of two with one uid the first, as in `PodFile`.
        for pod in pods where self.pods[pod.uid] == nil { self.pods[pod.uid] = pod }
    }

    package var count: Int { pods.count }

    /// - Returns: nil for what is no part of a pod that is known.
    package func workload(of identity: CgroupIdentity?) -> Workload? {
        guard let identity, let uid = identity.podUID, let pod = pods[uid] else { return nil }
        return Workload(pod, containerID: identity.containerID)
    }
}
