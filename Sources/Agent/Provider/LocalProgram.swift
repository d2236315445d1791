internal import Glibc

/// The provider program as a child of this process.
final class LocalProgram: ProgramHost {
    private let program: ProviderProgram
    private let user: SystemUser
    /// Also of its process group.
    private var pid: pid_t = 0

    init(_ program: ProviderProgram) throws(AgentError) {
        guard unsafe access(program.command[0], X_OK) == 0 else {
            throw AgentError(
                .hostLacks,
                "provider.command: \(program.command[0]) cannot be run: \(unsafe String(cString: strerror(errno)))"
            )
        }
        self.program = program
        user = try SystemUser.find(program.user, for: "provider.user")
    }

    func start(input: CInt, output: CInt) throws(AgentError) {
        // Our own command becomes the user and then the program: posix_spawn cannot.
        let arguments =
            ["headroom", "run-program", "\(user.uid)", "\(user.gid)", "--"] + program.command
        let code = OwnCommand.spawn(&pid, arguments, [(input, 0), (output, 1)])
        guard code == 0 else {
            pid = 0
            errno = code
            throw .system("posix_spawn", program.command[0])
        }
    }

    func signal(_ number: CInt) { if pid > 0 { kill(-pid, number) } }

    func status() -> CInt? {
        var status: CInt = 0
        guard pid > 0, unsafe waitpid(pid, &status, WNOHANG) == pid else { return nil }
        return status
    }
}
