internal import Aggregates
package import KubernetesCapacity
package import Logging

/// What is done about containers in a fleet planner's rounds: forecasts are read in each, and where this
/// planner is the active one recommendations are written and pods resized.
package actor ContainerActions {
    package nonisolated let planner: ContainerPlanner
    private let recommender: Recommender?
    private let resizes: PodResizes?
    private let logger: Logger
    /// Writes recommendations; a server that is slow must not keep the round.
    private var pass: Task<Void, Never>?
    private var recommended: [Recommender.Answer] = []
    private var counts = ContainerReport.Counts()
    private var said: [Resource: RoundReport.HoldReason] = [:]
    /// The VerticalPodAutoscalers were known in the last round.
    private var knewAutoscalers = true

    package init(
        planner: ContainerPlanner,
        recommender: Recommender?,
        resizes: PodResizes?,
        logger: Logger
    ) {
        self.planner = planner
        self.recommender = recommender
        self.resizes = resizes
        self.logger = logger
    }

    /// Follows the objects until cancelled. Without it `load` has to be called.
    package func run() async {
        await withDiscardingTaskGroup { group in
            if let recommender { group.addTask { await recommender.follow() } }
            if let resizes { group.addTask { await resizes.follow() } }
        }
    }

    /// Looks at the objects once, for a single round.
    package func load() async throws {
        // The one is known without the other.
        let failure: (any Error)?
        do {
            try await recommender?.load()
            failure = nil
        } catch {
            failure = error
        }
        try await resizes?.load()
        if let failure { throw failure }
    }

    func round(isActive: Bool) async -> ContainerReport {
        var report = ContainerReport()
        report.holds = await planner.read(&report)
        note(report.holds, isFresh: report.isFresh)
        if isActive { recommend() }
        report.autoscalers = await recommender?.count ?? 0
        // Without fresh samples nothing is resized, nor while any pod may be one that a VerticalPodAutoscaler changes.
        let others = recommender == nil ? [] : await recommender?.workloadsOfUpdaters
        if resizes != nil, others == nil {
            report.holds.append(
                .init(
                    resource: .cpu, reason: .autoscalersUnknown,
                    text: "the VerticalPodAutoscalers are not known: no pod is resized, because any may be one that they change"))
        }
        noteAutoscalers(areKnown: others != nil)
        await resizes?.round(
            isActive: isActive && report.isFresh && others != nil, changedByOthers: others ?? [], &report)
        await settle(&report)
        return report
    }

    private func recommend() {
        guard let recommender, pass == nil else { return }
        pass = Task {
            self.recommended += await recommender.recommend()
            self.pass = nil
        }
    }

    private func settle(_ report: inout ContainerReport) async {
        report.recommendations = recommended
        recommended = []
        for answer in report.recommendations {
            counts.recommendations[answer.outcome.words.outcome, default: 0] += 1
        }
        counts.resizes = await resizes?.counts ?? [:]
        report.counts = counts
    }

    /// Nothing is written any longer.
    func abandon() async {
        pass?.cancel()
        await pass?.value
        await resizes?.abandon()
    }

    /// Waits for what is under way. - Returns: `report` with what came of it.
    func finish(_ report: ContainerReport) async -> ContainerReport {
        var report = report
        let before = (report.recommendations, report.resizes)
        await pass?.value
        await resizes?.finish()
        var late = ContainerReport()
        await resizes?.round(isActive: false, changedByOthers: [], &late)
        await settle(&report)
        report.recommendations = before.0 + report.recommendations
        report.resizes = before.1 + late.resizes
        report.resizesUnderWay = 0
        return report
    }

    private func noteAutoscalers(areKnown: Bool) {
        guard resizes != nil, areKnown != knewAutoscalers else { return }
        knewAutoscalers = areKnown
        if areKnown {
            logger.notice("the VerticalPodAutoscalers are known again: pods are resized")
        } else {
            logger.warning("the VerticalPodAutoscalers are not known yet: no pod is resized")
        }
    }

    private func note(_ holds: [RoundReport.Hold], isFresh: Bool) {
        for hold in holds where hold.reason != .nothingNew && said[hold.resource] != hold.reason {
            said[hold.resource] = hold.reason
            logger.warning("containers' \(hold.resource.name): \(hold.text)")
        }
        guard isFresh else { return }
        for (resource, reason) in said {
            logger.notice("containers' \(resource.name): forecast again after \(reason.rawValue)")
        }
        said = [:]
    }
}

extension Recommender.Answer.Outcome {
    var words: (outcome: String, reason: String) {
        switch self {
        case .written: ("written", "")
        case .rehearsed: ("rehearsed", "")
        case .failed(let reason): ("failed", reason)
        }
    }
}
