/// What the agent gives up once its probes are attached (docs/privileges.md).
package struct SecurityOptions: Hashable, Sendable {
    /// Whether it gives anything up; what still takes rights is then done by a helper.
    package var isConfined = true
    /// Whom it becomes, by name or number; nil: it stays root, without capabilities.
    package var user: String?
    /// Whether system calls that it does not need are refused.
    package var filtersCalls = true
    /// Whether files that it does not need are out of its reach, where the kernel has Landlock.
    package var restrictsFiles = true
    /// Files and directories that it reads beside those that every agent does.
    package var readable: [String] = []
    /// TCP ports that it listens on.
    package var ports: [UInt16] = []

    package init() {}

    /// How the suite's agents run: `kill`, a call that is not allowed ends the process; `try`, one is made.
    static let environmentVariable = "HEADROOM_SECCOMP"
}
