package import KubernetesCapacity

/// What one round came to for containers: recommendations and resizes.
package struct ContainerReport: Sendable {
    /// One container of a pod, and what became of its resize.
    package struct Resize: Sendable, Hashable {
        package let namespace: String
        package let pod: String
        package let container: String
        /// `done`, `deferred`, `refused`, `left`, `unanswered`, `rehearsed` or `failed`.
        package let outcome: String
        /// For people; empty where there is nothing to say.
        package let reason: String
        /// What it should have: milli-cores and bytes.
        package let cpuMilli: Int?
        package let memoryBytes: Int?
    }

    /// Counts since the start.
    package struct Counts: Sendable, Hashable {
        /// Statuses of VerticalPodAutoscalers, by what became of them.
        package internal(set) var recommendations: [String: UInt64] = [:]
        /// Resizes of containers, by what became of them.
        package internal(set) var resizes: [String: UInt64] = [:]
    }

    package internal(set) var holds: [RoundReport.Hold] = []
    /// Whether forecasts are of samples that are not stale.
    package internal(set) var isFresh = false
    /// Rows read in this round.
    package internal(set) var series = 0
    package internal(set) var containers = 0
    /// Containers without a forecast, as of this round.
    package internal(set) var beyondLimit = 0
    package internal(set) var unusable: UInt64 = 0
    package internal(set) var unnamed: UInt64 = 0
    /// VerticalPodAutoscalers that name Headroom.
    package internal(set) var autoscalers = 0
    /// Pods that are opted in.
    package internal(set) var pods = 0
    /// Of these, without a forecast, or with one that is not trusted yet.
    package internal(set) var unsurePods = 0
    /// Of these, whose workload a VerticalPodAutoscaler changes.
    package internal(set) var podsOfAutoscalers = 0
    package internal(set) var resizesUnderWay = 0
    /// Since the last round.
    package internal(set) var recommendations: [Recommender.Answer] = []
    /// Since the last round.
    package internal(set) var resizes: [Resize] = []
    package internal(set) var counts = Counts()

    package init() {}
}
