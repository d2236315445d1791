internal import Agent
internal import ArgumentParser
internal import Glibc
internal import Probes
internal import Settings

/// `headroom hold-rights WORDS...`: the helper that the agent starts with its own words, to do what takes rights.
/// Reads the same configuration by itself.
struct HoldRightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold-rights",
        abstract: "Do for an agent what takes rights; the agent's own.",
        shouldDisplay: false
    )

    @Argument(parsing: .captureForPassthrough) var words: [String] = []

    /// Where the agent puts the socket.
    private static let descriptor: CInt = 3

    func run() throws {
        let jobs = try jobs()
        try Self.closeOthers()
        let server = try HelperServer(
            socket: Self.descriptor,
            jobs: jobs,
            reread: { try? self.jobs() },
            complain: StandardError.complain
        )
        server.run()
    }

    private func jobs() throws -> HelperJobs {
        let settings: AgentSettings
        switch try Headroom.parseAsRoot(words) {
        case let command as RunCommand: settings = try command.settings()
        case let command as RecordCommand: settings = try command.settings()
        default: throw ValidationError("no command that runs an agent")
        }
        do throws(BPFError) {
            return try HelperJobs(settings.options)
        } catch {
            throw AgentError(.hostLacks, "\(error)")
        }
    }

    /// The agent's input and output are not the helper's to hold open; errors go to the same place.
    private static func closeOthers() throws {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
            throw ValidationError("the agent starts this, with a socket")
        }
        // A root without /dev has a directory that can be neither read nor written as well.
        var nowhere = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        if nowhere < 0 { nowhere = unsafe open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard nowhere >= 0 else { throw AgentError.system("open", "/") }
        dup2(nowhere, 0)
        dup2(nowhere, 1)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        ProcessPrivileges.closeFrom(descriptor + 1)
    }
}
