internal import Glibc

/// A child process that is talked to in lines, over its standard input and output. Nothing here
/// waits, but `end`. Its standard error is ours.
final class ChildProgram {
    /// To be read from.
    let output: CInt
    private let pid: pid_t
    private var input: CInt
    private var outgoing: [UInt8] = []
    private var splitter = LineSplitter(limit: ChildProgram.lineLimit)

    static let lineLimit = 65_536
    /// What it may leave unread.
    private static let outgoingLimit = 1 << 20
    /// Milliseconds from the end of its input to SIGTERM, and from there to SIGKILL.
    private static let patience = (input: 2_000, term: 1_000)

    init(_ program: ProviderProgram, as user: SystemUser) throws(AgentError) {
        // Our own command becomes the user and then the program: posix_spawn cannot.
        let arguments = ["headroom", "run-program", "\(user.uid)", "\(user.gid)", "--"] + program.command
        let toChild = try Self.pipe()
        let fromChild: (read: CInt, write: CInt)
        do throws(AgentError) {
            fromChild = try Self.pipe()
        } catch {
            close(toChild.read)
            close(toChild.write)
            throw error
        }
        defer {
            close(toChild.read)
            close(fromChild.write)
        }
        var pid: pid_t = 0
        let code = Self.spawn(&pid, arguments, toChild.read, fromChild.write)
        guard code == 0 else {
            close(toChild.write)
            close(fromChild.read)
            errno = code
            throw .system("posix_spawn", program.command[0])
        }
        self.pid = pid
        input = toChild.write
        output = fromChild.read
        for end in [input, output] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    }

    deinit {
        close(output)
        if input >= 0 { close(input) }
    }

    private static func pipe() throws(AgentError) -> (read: CInt, write: CInt) {
        var ends: [CInt] = [0, 0]
        guard unsafe Glibc.pipe(&ends) == 0 else { throw .system("pipe", "for the provider") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func spawn(
        _ pid: inout pid_t, _ arguments: [String], _ standardInput: CInt, _ standardOutput: CInt
    ) -> CInt {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, standardOutput, 1)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        // A group of its own: a Ctrl-C on the terminal is for the agent, which ends it in order.
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for unsafe word in unsafe words { unsafe free(word) } }
        return unsafe posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, &words, environ)
    }

    /// Queues a line and writes what goes.
    /// - Returns: false when it does not read: nothing was queued.
    func send(_ line: [UInt8]) -> Bool {
        guard outgoing.count + line.count <= Self.outgoingLimit else { return false }
        outgoing += line
        flush()
        return true
    }

    /// Writes what waits, as far as it goes.
    func flush() {
        while !outgoing.isEmpty {
            let count = unsafe outgoing.withUnsafeBytes { unsafe write(input, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // A reader that is gone shows in its output's end.
            guard count > 0 else { return }
            outgoing.removeFirst(count)
        }
    }

    /// The lines that have come, of about 64 KiB at most.
    /// - Returns: nil at the end of its output.
    func receive() -> [[UInt8]]? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe read(output, $0.baseAddress, $0.count)
        }
        if count == 0 { return nil }
        return count < 0 ? [] : splitter.take(bytes[..<count])
    }

    /// Lines that were longer than may be, and so dropped.
    var tooLong: Int { splitter.tooLong }

    /// Ends it: at once, or as it sees the end of its input, and after a while anyhow. Waits.
    /// - Returns: how it ended, for the log.
    func end(patiently: Bool) -> String {
        if input >= 0 { close(input) }
        input = -1
        if patiently {
            if let status = status(within: Self.patience.input) { return status }
            kill(-pid, SIGTERM)
            if let status = status(within: Self.patience.term) { return status }
        } else if let status = status(within: 100) {
            return status
        }
        kill(-pid, SIGKILL)
        return status(within: 1_000) ?? "killed"
    }

    private func status(within milliseconds: Int) -> String? {
        for waited in 0...milliseconds {
            var status: CInt = 0
            if unsafe waitpid(pid, &status, WNOHANG) == pid {
                // What it has started itself.
                kill(-pid, SIGTERM)
                let signal = status & 0x7F
                return signal == 0 ? "exit code \((status >> 8) & 0xFF)" : "signal \(signal)"
            }
            if waited < milliseconds { usleep(1_000) }
        }
        return nil
    }
}
