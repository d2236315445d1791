package import Capacity
package import Probes

/// What the helper is there for. It takes this from the configuration itself, not from the agent.
package struct HelperJobs: Sendable {
    /// Where the cgroup v2 tree is mounted.
    package let root: String
    package let runtimeDirectory: RuntimeDirectory
    /// Limits that may be set; nil: none.
    package let limits: EnforcementRules?
    package let program: ProviderProgram?
    /// Whether the probes' own time is counted for the budget.
    package let counts: Bool
    /// Whether network probes that were taken off, for the budget or by somebody else, may be put back.
    package internal(set) var attachesNetwork: Bool

    package init(_ options: AgentOptions) throws(BPFError) {
        root = try CgroupTree().mountPoint
        runtimeDirectory = options.runtimeDirectory
        limits = options.enforcement
        program = options.provider
        counts = options.budgetCores != nil
        attachesNetwork = options.profiler.network
    }
}
