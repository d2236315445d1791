package import Aggregates
package import Capacity

/// What one round came to.
package struct RoundReport: Sendable {
    package enum HoldReason: String, Sendable, Hashable, CaseIterable {
        /// Prometheus gave no usable answer.
        case unanswered
        /// It has no samples of the selector.
        case empty
        /// Its newest sample is too old.
        case stale
        /// It has nothing newer than in the last round.
        case nothingNew = "nothing_new"
        /// It knows no agents, so nothing tells who is gone from who was not seen.
        case noControl = "no_control"
        /// History could not be read yet.
        case noHistory = "no_history"
        /// The service does not say what there is.
        case capacityUnknown = "capacity_unknown"
        /// It is not known which pods VerticalPodAutoscalers change.
        case autoscalersUnknown = "autoscalers_unknown"
    }

    /// Why a plan stays as it is.
    package struct Hold: Sendable, Hashable {
        package let resource: Resource
        package let reason: HoldReason
        /// For people.
        package let text: String
    }

    package struct Answer: Sendable, Hashable {
        package let request: CapacityRequest
        package let outcome: CapacityOutcome
    }

    /// Whether this planner is the one that decides.
    package internal(set) var isActive = false
    package internal(set) var holds: [Hold] = []
    package internal(set) var plans: [FleetPlan] = []
    /// Made in this round.
    package internal(set) var requests: [CapacityRequest] = []
    /// What became of requests since the last round.
    package internal(set) var answers: [Answer] = []
    /// Rows read in this round.
    package internal(set) var series = 0
    package internal(set) var applications = 0
    package internal(set) var counts = FleetCounts()
    /// Nil where nothing is done about containers.
    package internal(set) var containers: ContainerReport?
    /// Why what is learned is not kept, or was not gone on with; nil when all is well.
    package internal(set) var checkpointFault: String?
    package internal(set) var checkpointFailures: UInt64 = 0
    package internal(set) var took = Duration.zero

    package init() {}
}

extension RoundReport {
    /// Whether something stays as it is for want of data.
    package var isHeld: Bool { !holds.isEmpty || containers?.holds.isEmpty == false }

    /// With what came after the round.
    package func adding(answers: [Answer]) -> RoundReport {
        var report = self
        report.answers += answers
        return report
    }
}
