internal import Glibc

/// Where the agent keeps what it has learned from one run to the next.
package struct StateDirectory: Hashable, Sendable {
    package let path: String
    package var checkpoint: CheckpointFile { CheckpointFile(path: path + "/forecasts") }

    package static let standardPath = "/var/lib/headroom"
    package static let environmentVariable = "HEADROOM_STATE_DIRECTORY"

    /// What the environment names, if it does.
    package static var inEnvironment: String? {
        EnvironmentVariable.value(of: environmentVariable)
    }

    package init(path: String) { self.path = path }

    /// Makes it for root alone, unless it is there; the directory above has to be.
    func make() throws(AgentError) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw .system("mkdir", path)
        }
    }
}
