package import Capacity
package import Probes

/// An engine sink that also shows the agent itself, and may end the run.
package protocol AgentOutput: EngineSink {
    /// The probes are attached: what each metric's source is, and what the node has.
    mutating func started(_ sources: [MetricSource], _ facts: HostFacts)
    mutating func selfReport(_ report: SelfReport)
    /// Shows what has gathered; called once a tick and before the agent ends.
    /// - Returns: false when the output wants no more.
    mutating func flush() -> Bool
    /// A descriptor that people type at; nil when there is none.
    var inputDescriptor: CInt? { get }
    /// Something was typed.
    /// - Returns: false to stop.
    mutating func input() -> Bool
}
