package import Aggregates
package import Capacity
internal import Planner
package import Probes

/// How to run the agent.
package struct AgentOptions: Sendable {
    package var engine = EngineConfiguration()
    package var profiler = ProfilerConfiguration()
    /// Stop after this many nanoseconds; nil: until told to.
    package var durationNanoseconds: Int64?
    /// Where request rates are read, in the order of `engine.rates`.
    package var rateFiles: [RateFile] = []
    /// Where the node's pods are told of (`PodFile`); nil: nowhere.
    package var podFile: String?
    /// Record the engine's inputs to this file.
    package var recordingPath: String?
    /// What the node can give away, where it is less than it has, by resource.
    package var limits: [Resource: Double] = [:]
    /// Cores that all of Headroom may use before probes are shed; nil: no limit.
    package var budgetCores: Double? = 0.01
    /// Which cgroups are limited ahead of need; nil: none, and nothing on the host is changed.
    package var enforcement: EnforcementRules?
    /// Whom the pools' capacity is asked of; nil: the node's own ledger.
    package var provider: ProviderProgram?
    /// What is given up once the probes are attached.
    package var security = SecurityOptions()
    package var runtimeDirectory = RuntimeDirectory.standard
    /// Where what was learned is kept from run to run; nil: nowhere.
    package var stateDirectory: StateDirectory?
    /// Nanoseconds between checkpoints; one more is written at the end.
    package var checkpointInterval: Int64 = 300_000_000_000

    package init() {}

    /// Whether a chunk fits under the maxima of some scope that plans CPU and memory.
    var hasFittingShape: Bool { ChunkStage(engine).isUsed }

    /// With plans that ask for no more than the node has.
    func limited(to facts: HostFacts) -> AgentOptions {
        var options = self
        for index in options.engine.plans.indices {
            let plan = options.engine.plans[index]
            guard let most = facts.allocatable(plan.resource) else { continue }
            var configuration = plan.configuration
            let least = max(configuration.chunk, configuration.minimum)
            configuration.maximum = min(plan.configuration.maximum, max(most, least))
            if !configuration.holdsWholeChunks {
                // The minimum is no whole number of chunks: up to the next, which what was
                // configured does hold.
                configuration.maximum = min(
                    plan.configuration.maximum, least + configuration.chunk)
            }
            options.engine.plans[index].configuration = configuration
        }
        return options
    }
}
