/// Where a running agent shows itself: a lock that says it lives, and the shared table.
package struct RuntimeDirectory: Sendable {
    package let path: String
    package var tablePath: String { path + "/table" }
    /// What limits were before they were changed; there while an agent enforces, and after one
    /// that was killed.
    package var limitsPath: String { path + "/limits" }
    package var lockPath: String { path + "/agent.lock" }
    /// What the agent says of its own rights, for `headroom doctor --security`.
    package var securityPath: String { path + "/security" }

    package static let standardPath = "/run/headroom"
    package static let environmentVariable = "HEADROOM_RUNTIME_DIRECTORY"

    /// What the environment names, if it does.
    package static var inEnvironment: String? {
        EnvironmentVariable.value(of: environmentVariable)
    }

    /// Of the environment, else the usual one.
    package static var standard: RuntimeDirectory {
        RuntimeDirectory(path: inEnvironment ?? standardPath)
    }

    package init(path: String) { self.path = path }
}
