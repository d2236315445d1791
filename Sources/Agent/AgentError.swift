package import Capacity
internal import Glibc

/// Why the agent, or a tool that looks at it, cannot go on. Each maps to an exit code.
package struct AgentError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Int32, Sendable {
        case failed = 1
        case hostLacks = 3
        case permission = 4
    }

    package let kind: Kind
    package let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// A system call on a file that failed, with errno's meaning.
    package static func system(_ call: String, _ path: String) -> AgentError {
        AgentError(FileError.last(call, path))
    }

    package init(_ error: FileError) { self.init(error.isPermission ? .permission : .failed, "\(error)") }

    package static let needsRoot = AgentError(
        .permission, "this needs root: run it with sudo (it loads BPF programs and reads their maps)")

    package static func noAgent(_ directory: RuntimeDirectory) -> AgentError {
        AgentError(
            .failed,
            "no agent is running (nothing holds \(directory.lockPath)): start one with `sudo headroom run`")
    }
}
