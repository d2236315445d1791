internal import KubernetesAPI

/// How far the node is with a pod's last resize.
package enum ResizeFeedback: Sendable, Hashable {
    /// The kubelet has not seen it yet.
    case unseen
    /// Seen; the container is being changed.
    case inProgress
    /// No room now; it is tried again by the kubelet, while the scheduler counts it as taken.
    case deferred(String)
    /// It never fits on this node.
    case infeasible(String)
    /// It could not be carried out.
    case failed(String)
    /// The container has what its spec says.
    case done

    /// What the containers' own status says is what counts: the pod-level sum may lag behind.
    package init(_ pod: Pod, container name: String) {
        let generation = pod.metadata.generation ?? 0
        let pending = pod.status?.conditions?["PodResizePending"]
        let progress = pod.status?.conditions?["PodResizeInProgress"]
        // Each condition says itself which generation it is about; one that does not is of what the
        // kubelet has seen.
        let seen = pod.status?.observedGeneration ?? generation
        if let pending, pending.isTrue, (pending.observedGeneration ?? seen) >= generation {
            let words = pending.message ?? pending.reason ?? ""
            self = pending.reason == "Infeasible" ? .infeasible(words) : .deferred(words)
            return
        }
        if let progress, progress.isTrue, progress.reason == "Error",
            (progress.observedGeneration ?? seen) >= generation
        {
            self = .failed(progress.message ?? "error")
            return
        }
        if seen < generation {
            self = .unseen
            return
        }
        if progress?.isTrue == true {
            self = .inProgress
            return
        }
        let spec = pod.spec.containers.first { $0.name == name }?.resources
        let status = pod.status?.containerStatuses?.first { $0.name == name }
        guard let spec, let status else {
            // Not scheduled yet: the spec is all there is.
            self = pod.spec.nodeName == nil ? .done : .unseen
            return
        }
        let allocated = status.allocatedResources ?? status.resources?.requests ?? [:]
        let isAllocated = ResizeFeedback.holds(spec.requests, in: allocated)
        let isLimited = ResizeFeedback.holds(spec.limits, in: status.resources?.limits ?? [:])
        self = isAllocated && isLimited ? .done : .inProgress
    }

    /// CPU and memory alone are resized. A runtime rounds CPU limits to a period's share, so a
    /// hundredth is equal.
    private static func holds(_ wanted: ResourceList?, in found: ResourceList) -> Bool {
        ["cpu", "memory"].allSatisfy { name in
            guard let wanted = wanted?[name] else { return true }
            guard let found = found[name] else { return false }
            return abs(wanted.value - found.value) <= 0.01 * wanted.value
        }
    }

    /// Why another resize must wait; nil when it need not. What is deferred, impossible or failed may
    /// be asked for otherwise.
    var busyReason: String? {
        switch self {
        case .unseen, .inProgress: "its last resize is under way"
        case .deferred, .infeasible, .failed, .done: nil
        }
    }
}
