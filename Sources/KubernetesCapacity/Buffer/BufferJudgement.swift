/// What a CapacityBuffer's status says about the chunks now asked of it.
///
/// Autoscalers write the status some seconds after the spec, and not all of it at once, so each part
/// counts only when it can be an answer:
/// - `replicas` when it is what is asked for, or when a condition of this generation explains it;
/// - `podTemplateGeneration` when it is the template's;
/// - a condition with `observedGeneration` (Karpenter; LimitedByQuotas everywhere) when that is the
///   buffer's;
/// - one without (Cluster Autoscaler) when it is not the one that was there before the change, or
///   that one has stayed for `settling`.
///
/// `Provisioning` is True when Cluster Autoscaler has put placeholders into its simulation
/// (`FakePodsInjected`; nodes may still be coming), and when Karpenter has found room for every chunk
/// on nodes that are there (`FitsExistingCapacity`). Karpenter's False with `RequiresNewCapacity` is
/// a node being made, not a refusal.
struct BufferJudgement: Sendable {
    var spec: CapacityBufferSpec
    var status: CapacityBufferStatus?
    /// The buffer's `metadata.generation`.
    var generation: Int64
    /// The PodTemplate's; nil when it is not known.
    var templateGeneration: Int64?
    /// The conditions just before the last change; empty when nothing was changed.
    var before: [Condition]
    /// The last change is `settling` ago.
    var isSettled: Bool
    var chunk: ChunkSize

    func view(wanted: Int) -> ChunkView {
        guard spec.replicas == wanted else {
            return waiting("spec.replicas is \(spec.replicas ?? 0), \(wanted) are wanted")
        }
        if wanted == 0 { return ChunkView(provided: 0, progress: .reached) }
        guard let status, let ready = condition("ReadyForProvisioning") else {
            return waiting("no autoscaler has taken the CapacityBuffer up yet")
        }
        if ready.isFalse, isAnswer(ready) {
            return ChunkView(provided: 0, progress: .refused(ready.words))
        }
        guard ready.isTrue else { return waiting(ready.words) }
        if let seen = status.podTemplateGeneration, let templateGeneration,
            seen < templateGeneration
        {
            return waiting("the autoscaler has yet to see the new PodTemplate")
        }
        let accepted = status.replicas ?? 0
        if accepted >= wanted { return provisioning(accepted: wanted, limit: nil) }
        guard let limit = limit(accepted, ready) else {
            return waiting("the autoscaler has taken up \(accepted) of \(wanted) chunks")
        }
        if accepted == 0 { return ChunkView(provided: 0, progress: .refused(limit)) }
        return provisioning(accepted: accepted, limit: limit)
    }

    /// Why fewer were accepted than asked for; nil when that may be of an earlier count.
    private func limit(_ accepted: Int, _ ready: Condition) -> String? {
        if let quotas = condition("LimitedByQuotas"), quotas.isTrue, isAnswer(quotas) {
            return quotas.words
        }
        if let fitting = chunksWithinLimits, fitting == accepted {
            return "spec.limits of the CapacityBuffer allow \(fitting) chunks"
        }
        let isOfThisGeneration = (ready.observedGeneration ?? 0) >= generation
        return isOfThisGeneration || isSettled ? "the autoscaler keeps \(accepted) chunks" : nil
    }

    private func provisioning(accepted: Int, limit: String?) -> ChunkView {
        guard let provisioning = condition("Provisioning") else {
            return waiting("no autoscaler provisions the CapacityBuffer yet")
        }
        if provisioning.isTrue {
            let observed = provisioning.observedGeneration ?? 0
            guard observed == 0 || observed >= generation else {
                return waiting("the autoscaler has yet to see the new count")
            }
            return ChunkView(
                provided: accepted,
                progress: limit.map { .limited($0) } ?? .reached
            )
        }
        let isFailure = provisioning.reason?.hasPrefix("Failed") == true
        if provisioning.isFalse, isFailure, isAnswer(provisioning) {
            return ChunkView(provided: 0, progress: .refused(provisioning.words))
        }
        return waiting(provisioning.words)
    }

    private var chunksWithinLimits: Int? {
        guard let limits = spec.limits else { return nil }
        var counts: [Int] = []
        if let cpu = limits["cpu"]?.milli { counts.append(cpu / chunk.cpuMilli) }
        if let memory = limits["memory"]?.units { counts.append(memory / chunk.memoryBytes) }
        return counts.min()
    }

    private func condition(_ type: String) -> Condition? { status?.conditions?[type] }

    private func isAnswer(_ condition: Condition) -> Bool {
        let observed = condition.observedGeneration ?? 0
        if observed > 0 { return observed >= generation }
        return isSettled || !before.contains(condition)
    }

    /// What is provided is not known here: a status of before says nothing about nodes of now.
    private func waiting(_ reason: String) -> ChunkView {
        ChunkView(provided: nil, progress: .waiting(reason))
    }
}
