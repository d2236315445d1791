internal import KubernetesAPI

/// What a Deployment of pause pods and its pods say about the chunks now asked of it: a chunk is
/// there when its pod is ready.
struct PauseJudgement: Sendable {
    var deployment: Deployment
    /// Those that the Deployment selects.
    var pods: [Pod]
    /// The conditions just before the last change; empty when nothing was changed.
    var before: [Condition]
    /// The last change is `settling` ago.
    var isSettled: Bool

    func view(wanted: Int) -> ChunkView {
        let ready = pods.count { $0.isReady }
        guard deployment.spec.replicas == wanted else {
            return ChunkView(
                provided: ready,
                progress: .waiting(
                    "spec.replicas is \(deployment.spec.replicas ?? 0), \(wanted) are wanted"
                )
            )
        }
        if ready >= wanted { return ChunkView(provided: ready, progress: .reached) }
        return ChunkView(provided: ready, progress: progress(ready: ready, wanted: wanted))
    }

    private func progress(ready: Int, wanted: Int) -> ChunkView.Progress {
        let status = deployment.status
        let isSeen = (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
        // A quota or an admission controller that refuses pods shows here and nowhere else.
        if isSeen, let failure = status?.conditions?["ReplicaFailure"], failure.isTrue,
            isSettled || !before.contains(failure)
        {
            return ready == 0 ? .refused(failure.words) : .limited(failure.words)
        }
        if let reason = pods.lazy.compactMap(\.unschedulable).first {
            return .waiting("\(ready) of \(wanted) pods are ready: \(reason)")
        }
        return .waiting("\(ready) of \(wanted) pods are ready")
    }
}
