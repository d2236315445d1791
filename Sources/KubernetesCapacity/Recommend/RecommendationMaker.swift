internal import KubernetesAPI

/// A VPA's status from a forecast: pure, so that it can be tested without a cluster.
struct RecommendationMaker: Sendable {
    /// Bounds or targets that move by less than this share are not worth a write.
    let significantChange: Double

    /// The status to write.
    /// - Parameter now: RFC 3339, of conditions that change.
    func status(
        of autoscaler: VerticalPodAutoscaler,
        _ forecast: WorkloadForecast?,
        now: String
    ) -> VerticalPodAutoscaler.Status {
        let old = autoscaler.status
        let made = forecast.map { known in
            known.containers.compactMap { one($0, autoscaler.spec.resourcePolicy) }
                .sorted { $0.containerName < $1.containerName }
        }
        let hasPods = forecast.map { !$0.containers.isEmpty } ?? true
        let isProvided = made?.isEmpty == false
        // A recommendation stays while there is none that is newer: pods that come back get it.
        let recommendation =
            isProvided
            ? VerticalPodAutoscaler.Recommendation(containerRecommendations: made)
            : old?.recommendation
        var conditions: [Condition] = []
        conditions.append(
            Condition(
                type: "RecommendationProvided",
                status: recommendation == nil ? "False" : "True",
                reason: isProvided ? nil : "NoForecast",
                message: isProvided ? nil : "Headroom has no forecast of the workload"
            )
        )
        let isDoubtful = forecast.map { !$0.isConfident } ?? true
        conditions.append(
            Condition(
                type: "LowConfidence",
                status: isDoubtful ? "True" : "False",
                reason: isDoubtful ? "TooLittleHistory" : nil,
                message: isDoubtful ? forecast?.doubt : nil
            )
        )
        conditions.append(
            Condition(
                type: "NoPodsMatched",
                status: hasPods ? "False" : "True",
                reason: hasPods ? nil : "NoPodsMatched",
                message: hasPods ? nil : "no container of the target is running"
            )
        )
        let dated = conditions.map { condition in
            var condition = condition
            let before = old?.conditions?[condition.type]
            condition.lastTransitionTime =
                before?.status == condition.status ? before?.lastTransitionTime ?? now : now
            return condition
        }
        let others = (old?.conditions ?? []).filter { kept in
            !dated.contains { $0.type == kept.type }
        }
        return VerticalPodAutoscaler.Status(
            recommendation: recommendation,
            conditions: dated + others
        )
    }

    /// Whether `new` says something that `old` does not.
    func isWorthWriting(
        _ new: VerticalPodAutoscaler.Status,
        over old: VerticalPodAutoscaler.Status?
    ) -> Bool {
        guard let old else { return true }
        let states = { (status: VerticalPodAutoscaler.Status) in
            Dictionary(
                (status.conditions ?? []).map { ($0.type, $0.status) },
                uniquingKeysWith: { $1 }
            )
        }
        if states(new) != states(old) { return true }
        let before = old.recommendation?.containerRecommendations ?? []
        let after = new.recommendation?.containerRecommendations ?? []
        guard before.map(\.containerName) == after.map(\.containerName) else { return true }
        return zip(before, after).contains { before, after in
            differs(before.target, after.target)
                || differs(before.lowerBound ?? [:], after.lowerBound ?? [:])
                || differs(before.upperBound ?? [:], after.upperBound ?? [:])
        }
    }

    private func differs(_ old: ResourceList, _ new: ResourceList) -> Bool {
        guard old.keys == new.keys else { return true }
        return new.contains { name, quantity in
            let before = old[name]?.value ?? 0
            return abs(quantity.value - before) > significantChange * max(before, 1e-3)
        }
    }

    /// Nil when the policy leaves the container alone, or nothing is forecast of it.
    private func one(
        _ band: ContainerBand,
        _ policy: VerticalPodAutoscaler.ResourcePolicy?
    ) -> VerticalPodAutoscaler.ContainerRecommendation? {
        let policies = policy?.containerPolicies ?? []
        let own =
            policies.first { $0.containerName == band.container }
            ?? policies.first { $0.containerName == "*" }
        guard own?.mode != "Off" else { return nil }
        let controlled = own?.controlledResources ?? ["cpu", "memory"]
        var uncapped: [String: (lower: ResourceQuantity, target: ResourceQuantity, upper: ResourceQuantity)] =
            [:]
        if let cpu = band.cpu, controlled.contains("cpu") {
            uncapped["cpu"] = (milli(cpu.lower), milli(cpu.target), milli(cpu.upper))
        }
        if let memory = band.memory, controlled.contains("memory") {
            uncapped["memory"] = (bytes(memory.lower), bytes(memory.target), bytes(memory.upper))
        }
        guard !uncapped.isEmpty else { return nil }
        let capped = { (name: String, quantity: ResourceQuantity) -> ResourceQuantity in
            let raised = own?.minAllowed?[name].map { max($0, quantity) } ?? quantity
            return own?.maxAllowed?[name].map { min($0, raised) } ?? raised
        }
        return VerticalPodAutoscaler.ContainerRecommendation(
            containerName: band.container,
            target: Dictionary(uniqueKeysWithValues: uncapped.map { ($0, capped($0, $1.target)) }),
            lowerBound: Dictionary(
                uniqueKeysWithValues: uncapped.map { ($0, capped($0, $1.lower)) }
            ),
            upperBound: Dictionary(
                uniqueKeysWithValues: uncapped.map { ($0, capped($0, $1.upper)) }
            ),
            uncappedTarget: uncapped.mapValues(\.target)
        )
    }

    /// Whole milli-cores, at least one: a request of none would leave the container without a share.
    private func milli(_ cores: Double) -> ResourceQuantity {
        ResourceQuantity(milli: max(1, Int(min(cores * 1000, 1e15).rounded(.up))))
    }

    /// Whole bytes.
    private func bytes(_ bytes: Double) -> ResourceQuantity {
        ResourceQuantity(Int(min(bytes, 1e18).rounded(.up)))
    }
}
