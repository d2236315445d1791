package import KubernetesAPI

/// Resizes containers of running pods in place.
package actor Resizer {
    /// What became of one resize.
    package enum Outcome: Sendable, Hashable {
        /// The container has it now.
        case done
        /// The node takes it when it has room; the scheduler counts it already.
        case deferred(String)
        /// Not on this node, or not of this pod: ask for less, or let the pod be placed anew.
        case refused(String)
        /// Nothing was to be done.
        case left(String)
        /// The node has not said by the deadline.
        case unanswered(String)
        /// A dry run that the server would have taken: what would be requested.
        case rehearsed(String)
    }

    private let client: APIClient
    private let rules: ResizeRules
    private let deadline: Duration
    private let isDryRun: Bool
    private let mayAct: @Sendable () async -> Bool
    private let events: EventRecorder
    private let clock = ContinuousClock()
    /// When each pod was last given more, by uid.
    private var raises: [String: ContinuousClock.Instant] = [:]
    /// What the node last said of a pod that is being resized, by uid.
    private var feedback: [String: ResizeFeedback] = [:]

    /// - Parameters:
    ///   - instance: who we are in events, a pod's name.
    ///   - deadline: how long the node's answer is waited for.
    ///   - isDryRun: resizes are sent with `dryRun=All`: admission and validation run, nothing changes.
    ///   - mayAct: asked before each patch.
    package init(
        _ client: APIClient,
        _ rules: ResizeRules,
        instance: String = "headroom-connect",
        deadline: Duration = .seconds(60),
        isDryRun: Bool = false,
        mayAct: @escaping @Sendable () async -> Bool = { true }
    ) {
        self.isDryRun = isDryRun
        self.mayAct = mayAct
        self.client = client
        self.rules = rules
        self.deadline = deadline
        events = EventRecorder(client, instance: instance)
    }

    /// Resizes one container and returns when the node has said what came of it. At most one call for
    /// a pod at a time.
    /// - Throws: `APIFailure` when the server cannot be asked, or answers with anything but a refusal.
    package func resize(
        namespace: String,
        pod name: String,
        to want: ContainerWant
    ) async throws -> Outcome {
        let pod: Pod
        do {
            pod = try await client.get(Pod.self, namespace: namespace, name: name)
        } catch let failure as APIFailure where failure.isNotFound {
            return .left("the pod is gone")
        }
        let uid = pod.metadata.uid ?? name
        let patch: ResizePatch
        switch ResizeDecision.decide(pod, want, rules, mayFall: mayFall(uid)) {
        case .leave(let reason): return .left(reason)
        case .patch(let decided): patch = decided
        }
        guard await mayAct() else { return .left("another is the active one now") }
        let patched: Pod
        do {
            patched = try await client.patch(
                Pod.self,
                namespace: namespace,
                name: name,
                subresource: "resize",
                .strategicMerge(patch),
                dryRun: isDryRun
            )
        } catch let failure as APIFailure where failure.isNotFound {
            return .left("the pod is gone")
        } catch let failure as APIFailure where failure.isForbidden || failure.isInvalid {
            // Above the node's allocatable, outside a LimitRange or a quota, or another QoS class.
            return .refused("\(failure)")
        }
        if isDryRun { return .rehearsed(patch.words) }
        noteRise(uid, from: pod, to: patched, want.container)
        await events.record(
            patched,
            reason: "ContainerResized",
            action: "Resize",
            note: "\(want.container): \(patch.words)"
        )
        return try await answer(patched, container: want.container)
    }

    private func mayFall(_ uid: String) -> Bool {
        guard let raised = raises[uid] else { return true }
        return raised.advanced(by: rules.holdAfterRise) <= clock.now
    }

    private func noteRise(_ uid: String, from old: Pod, to new: Pod, _ container: String) {
        let requests = { (pod: Pod) in
            pod.spec.containers.first { $0.name == container }?.resources?.requests ?? [:]
        }
        let before = requests(old)
        let now = clock.now
        raises = raises.filter { now < $0.value.advanced(by: rules.holdAfterRise) }
        if requests(new).contains(where: { $1 > before[$0] ?? $1 }) { raises[uid] = now }
    }

    /// Follows the pod until its node has answered, or the deadline.
    private func answer(_ patched: Pod, container: String) async throws -> Outcome {
        let uid = patched.metadata.uid ?? patched.metadata.name
        feedback[uid] = ResizeFeedback(patched, container: container)
        defer { feedback[uid] = nil }
        let answer = try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask { await self.follow(patched, container: container) }
            group.addTask {
                try await Task.sleep(for: self.deadline)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        try Task.checkCancellation()
        if let answer { return answer }
        switch feedback[uid] {
        case .deferred(let reason): return .deferred(reason)
        case .unseen, nil: return .unanswered("the kubelet has not seen it after \(deadline)")
        case .inProgress, .infeasible, .failed, .done:
            return .unanswered("still in progress after \(deadline)")
        }
    }

    /// Nil when cancelled.
    private func follow(_ patched: Pod, container: String) async -> Outcome? {
        for await change in client.watch(
            Pod.self,
            namespace: patched.metadata.namespace,
            fields: "metadata.name=\(patched.metadata.name)"
        ) {
            switch change {
            case .synced(let pods):
                guard let pod = pods.first else { return .refused("the pod is gone") }
                if let outcome = outcome(pod, after: patched, container) { return outcome }
            case .changed(let pod):
                if let outcome = outcome(pod, after: patched, container) { return outcome }
            case .removed: return .refused("the pod is gone")
            // The watch is begun again by itself; the deadline ends the wait.
            case .failing: continue
            }
        }
        return nil
    }

    private func outcome(_ pod: Pod, after patched: Pod, _ container: String) -> Outcome? {
        guard pod.metadata.uid == patched.metadata.uid else { return .refused("the pod is gone") }
        // From before the resize.
        guard (pod.metadata.generation ?? 0) >= (patched.metadata.generation ?? 0) else {
            return nil
        }
        let now = ResizeFeedback(pod, container: container)
        feedback[pod.metadata.uid ?? pod.metadata.name] = now
        switch now {
        case .done: return .done
        case .infeasible(let reason), .failed(let reason): return .refused(reason)
        case .unseen, .inProgress, .deferred: return nil
        }
    }
}
