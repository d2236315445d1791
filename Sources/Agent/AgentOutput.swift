package import Aggregates
package import Capacity
package import Probes

/// An engine sink that also shows the agent itself, and may end the run.
package protocol AgentOutput: EngineSink {
    /// The probes are attached: what each metric's source is, and what the node has.
    mutating func started(_ sources: [MetricSource], _ facts: HostFacts)
    /// The directory is this agent's, and `table` reads what it shares: the time to open what
    /// others connect to. The table's memory stays until `closing` has returned.
    mutating func opened(
        _ table: consuming TableReader, in directory: RuntimeDirectory
    ) throws(AgentError)
    mutating func selfReport(_ report: SelfReport)
    /// Shows what has gathered; called once a tick and before the agent ends.
    /// - Returns: false when the output wants no more.
    mutating func flush() -> Bool
    /// A descriptor that people type at; nil when there is none.
    var inputDescriptor: CInt? { get }
    /// Something was typed.
    /// - Returns: false to stop.
    mutating func input() -> Bool
    /// Ticks that a history on disk does not have, since the start.
    var lostHistory: UInt64 { get }
    /// The agent ends: what `opened` opened has to be closed when this returns.
    mutating func closing()
}

extension AgentOutput {
    package mutating func opened(
        _ table: consuming TableReader, in directory: RuntimeDirectory
    ) throws(AgentError) {}
    package var lostHistory: UInt64 { 0 }
    package mutating func closing() {}
}
