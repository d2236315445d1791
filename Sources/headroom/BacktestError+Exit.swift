internal import Agent
internal import Backtest

extension BacktestError {
    /// As what ends the command, with its exit code.
    var asAgentError: AgentError {
        isPermission ? AgentError(.permission, "\(self); run it as a user who may") : AgentError(.failed, "\(self)")
    }
}
