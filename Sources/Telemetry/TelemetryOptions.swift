/// What the agent tells over HTTP, and where.
package struct TelemetryOptions: Sendable, Hashable {
    /// Answer on a Unix socket in the runtime directory.
    package var hasSocket = true
    /// Answer here too; nil: nowhere.
    package var listen: LoopbackAddress?
    /// A file with the token that is asked for there; nil: nothing is.
    package var tokenFile: String?
    /// Cgroups with series of their own; all others are one.
    package var maxCgroups = 200

    package init() {}

    package var isOn: Bool { hasSocket || listen != nil }

    /// Name of the socket in the runtime directory.
    package static let socketName = "headroom.sock"
}
