package import Aggregates
package import Probes

/// How to run the agent.
package struct AgentOptions: Sendable {
    package var engine = EngineConfiguration()
    package var profiler = ProfilerConfiguration()
    /// Stop after this many nanoseconds; nil: until told to.
    package var durationNanoseconds: Int64?
    /// Record the engine's inputs to this file.
    package var recordingPath: String?
    /// What the node can give away, where it is less than it has, by resource.
    package var limits: [Resource: Double] = [:]
    package var runtimeDirectory = RuntimeDirectory.standard

    package init() {}
}
