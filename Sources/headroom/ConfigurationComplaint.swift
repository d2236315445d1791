internal import Agent
internal import ArgumentParser
internal import Settings

/// Ends a command whose configuration is not to be used.
enum ConfigurationComplaint {
    /// What `load` gives; or every problem on standard error, and exit code 2, or 4 where the
    /// file may not be read.
    static func told<Value>(_ load: () throws(ConfigurationError) -> Value) throws -> Value {
        do throws(ConfigurationError) {
            return try load()
        } catch {
            error.problems.forEach(StandardError.complain)
            throw ExitCode(error.isPermission ? AgentError.Kind.permission.rawValue : 2)
        }
    }
}
