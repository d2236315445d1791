import Glibc

/// Another program, its output in files of a folder: none of this process's pipes is held open by it.
/// Ended with the value, and by `timeout` in any case.
final class BoundedProcess {
    private let pid: pid_t
    private var code: Int32?

    /// Starts `words[0]`, a path; its output goes to `NAME.out` and `NAME.err`.
    init(_ words: [String], in folder: Folder, name: String, seconds: Int) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_APPEND
        unsafe posix_spawn_file_actions_addopen(&actions, 1, "\(folder.path)/\(name).out", flags, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "\(folder.path)/\(name).err", flags, 0o600)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // A group of its own: one signal reaches `timeout` and what it runs.
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let whole = ["/usr/bin/timeout", "--foreground", "-s", "KILL", "\(seconds)"] + words
        var pointers = unsafe whole.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        var pid: pid_t = 0
        let result = unsafe posix_spawn(&pid, whole[0], &actions, &attributes, &pointers, environ)
        guard result == 0 else { throw Failure(description: "\(words[0]): errno \(result)") }
        self.pid = pid
    }

    deinit {
        guard code == nil else { return }
        kill(-pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    /// Its exit code; nil while it runs. 137: it was killed, or took too long.
    func poll() -> Int32? {
        if let code { return code }
        var status: Int32 = 0
        guard unsafe waitpid(pid, &status, WNOHANG) == pid else { return nil }
        code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
        return code
    }

    /// Waits for its end, which `timeout` brings.
    func exitCode() async throws -> Int32 {
        while true {
            if let code = poll() { return code }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func stop(_ signal: Int32) async throws -> Int32 {
        if poll() == nil { kill(-pid, signal) }
        return try await exitCode()
    }

    struct Failure: Error, CustomStringConvertible { let description: String }
}
