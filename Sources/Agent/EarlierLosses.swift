/// What parts of the agent that a reload has replaced had counted: totals go on over them. One thread.
struct EarlierLosses {
    /// By `AgentFailure`.
    private var counts = AgentFailure.allCases.map { _ in UInt64(0) }

    /// A part goes that had counted so many since it was made.
    mutating func add(_ failure: AgentFailure, _ count: UInt64) { counts[failure.rawValue] += count }

    /// With those of the part that is there now.
    func total(_ failure: AgentFailure, _ present: UInt64) -> UInt64 { counts[failure.rawValue] + present }
}
