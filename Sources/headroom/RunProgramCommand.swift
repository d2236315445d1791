internal import ArgumentParser
internal import Glibc
internal import Probes

/// `headroom run-program UID GID -- COMMAND...`: what the agent starts a provider program with.
/// Gives up root's rights, then becomes the program.
struct RunProgramCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-program",
        abstract: "Become another user, then a program; the agent's own.",
        shouldDisplay: false
    )

    @Argument var uid: UInt32
    @Argument var gid: UInt32
    @Argument(parsing: .postTerminator) var command: [String]

    func run() throws {
        if let failure = ProcessPrivileges.become(uid: uid, gid: gid) {
            throw ValidationError(failure)
        }
        guard let program = command.first else { throw ValidationError("no program") }
        var words = unsafe command.map { unsafe strdup($0) } + [nil]
        unsafe execv(program, &words)
        let reason = unsafe String(cString: strerror(errno))
        StandardError.complain("provider.command: \(program) cannot be run: \(reason)")
        Glibc.exit(127)
    }
}
