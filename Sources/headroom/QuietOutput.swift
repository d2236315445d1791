internal import Agent
internal import Aggregates
internal import Capacity
internal import HeadroomABI
internal import Planner
internal import Probes

/// An output that shows the agent by other means than its results one by one.
protocol QuietOutput: AgentOutput {}

extension QuietOutput {
    static var readsForecasts: Bool { false }
    mutating func window(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {}
    mutating func forecast(_ forecast: IssuedForecast) {}
    mutating func plan(_ decision: PlanDecision, _ pool: PoolReport) {}
    mutating func request(
        _ request: CapacityRequest, _ outcome: CapacityOutcome, provider: String
    ) {}
    mutating func event(_ event: EngineEvent) {}
    mutating func loss(_ cause: LossCause, total: UInt64, timeNanoseconds: UInt64) {}
    mutating func started(_ sources: [MetricSource], _ facts: HostFacts) {}
    mutating func selfReport(_ report: SelfReport) {}
}
