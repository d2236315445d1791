internal import KubernetesAPI

/// What to do about one container of a pod.
package enum ResizeDecision: Sendable, Hashable {
    case patch(ResizePatch)
    /// As it is, and why.
    case leave(String)

    /// Decides without asking anyone.
    ///
    /// A pod's QoS class is for life, so a Guaranteed pod's limits move with its requests, a BestEffort
    /// pod has none to move, and a Burstable pod's requests stay at or below its limits: where a limit
    /// is set, it keeps its proportion to the request, and a pod that would thereby become Guaranteed
    /// keeps a request one unit below.
    /// `mayFall` says that no rise was made so lately that a fall must wait.
    package static func decide(
        _ pod: Pod,
        _ want: ContainerWant,
        _ rules: ResizeRules,
        mayFall: Bool
    ) -> ResizeDecision {
        guard !pod.isLeaving else { return .leave("the pod is going") }
        guard let container = pod.spec.containers.first(where: { $0.name == want.container }) else {
            return .leave("the pod has no container \(want.container)")
        }
        guard pod.status?.qosClass != "BestEffort" else {
            return .leave("a BestEffort pod stays one: it may have no requests")
        }
        if let busy = ResizeFeedback(pod, container: want.container).busyReason {
            return .leave(busy)
        }
        var changes: [Change] = []
        var reasons: [String] = []
        for (resource, amount) in [("cpu", want.cpuMilli), ("memory", want.memoryBytes)] {
            guard let amount else { continue }
            switch change(resource, to: amount, of: container, pod, rules, mayFall: mayFall) {
            case .success(let change): changes.append(change)
            case .failure(let reason): reasons.append(reason.text)
            }
        }
        guard !changes.isEmpty else {
            return .leave(reasons.isEmpty ? "nothing is wanted" : reasons.joined(separator: "; "))
        }
        var requests: ResourceList = [:]
        var limits: ResourceList = [:]
        for change in changes {
            requests[change.resource] = quantity(change.resource, change.request)
            limits[change.resource] = change.limit.map { quantity(change.resource, $0) }
        }
        return .patch(
            ResizePatch(
                container: want.container,
                ResourceRequirements(requests: requests, limits: limits.isEmpty ? nil : limits)
            )
        )
    }

    private struct Change {
        var resource: String
        /// Milli-cores or bytes.
        var request: Int
        var limit: Int?
    }

    private struct Reason: Error {
        var text: String
    }

    private static func change(
        _ resource: String,
        to wanted: Int,
        of container: Container,
        _ pod: Pod,
        _ rules: ResizeRules,
        mayFall: Bool
    ) -> Result<Change, Reason> {
        guard let now = amount(resource, container.resources?.requests), now > 0 else {
            // To add one could change the QoS class, and says something that the owner has not.
            return .failure(Reason(text: "no \(resource) is requested"))
        }
        let policy = container.resizePolicy?.first { $0.resourceName == resource }?.restartPolicy
        guard policy != "RestartContainer" || rules.mayRestart else {
            return .failure(Reason(text: "a change of \(resource) would restart the container"))
        }
        let bounded = bounded(wanted, from: now, rules)
        guard abs(Double(bounded - now)) >= rules.smallestChange * Double(now), bounded != now
        else {
            return .failure(Reason(text: "\(resource) is near enough"))
        }
        guard bounded > now || mayFall else {
            return .failure(Reason(text: "\(resource) was raised a moment ago"))
        }
        let limit = amount(resource, container.resources?.limits)
        return .success(scaled(resource, from: now, limit: limit, to: bounded, pod))
    }

    private static func bounded(_ wanted: Int, from now: Int, _ rules: ResizeRules) -> Int {
        let most = Double(now) * (1 + rules.largestRise)
        let least = Double(now) * (1 - rules.largestFall)
        return max(1, Int(min(max(Double(wanted), least), most).rounded(.up)))
    }

    private static func scaled(
        _ resource: String,
        from now: Int,
        limit: Int?,
        to request: Int,
        _ pod: Pod
    ) -> Change {
        guard let limit else { return Change(resource: resource, request: request, limit: nil) }
        if pod.status?.qosClass == "Guaranteed" || limit == now {
            return Change(resource: resource, request: request, limit: request)
        }
        let proportional = Int((Double(limit) / Double(now) * Double(request)).rounded(.up))
        // A memory limit below what is in use kills; the kubelet refuses it, or worse, does not.
        let kept = resource == "memory" ? max(limit, proportional) : proportional
        return Change(resource: resource, request: request, limit: max(kept, request + 1))
    }

    private static func amount(_ resource: String, _ list: ResourceList?) -> Int? {
        resource == "cpu" ? list?[resource]?.milli : list?[resource]?.units
    }

    private static func quantity(_ resource: String, _ amount: Int) -> ResourceQuantity {
        resource == "cpu" ? ResourceQuantity(milli: amount) : ResourceQuantity(amount)
    }
}
