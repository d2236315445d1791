import Glibc
import Probes

/// A child of the test, killed and reaped when the value goes.
final class ChildProcess {
    let pid: pid_t
    private(set) var status: Int32?

    /// Starts `arguments`, with standard output and error to `output` (a file) when given.
    init(
        _ arguments: [String], environment: [String]? = nil, output: String? = nil,
        error: String? = nil, directory: String? = nil
    ) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        if let output { unsafe posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600) }
        if let error { unsafe posix_spawn_file_actions_addopen(&actions, 2, error, flags, 0o600) }
        // Threads of a test's tasks block signals, and a child would too: `kill` would not reach it.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        // posix_spawn cannot change directory here; env can.
        let arguments = directory.map { ["/usr/bin/env", "-C", $0] + arguments } ?? arguments
        var pid: pid_t = 0
        let result = unsafe Self.withCStrings(arguments) { argv in
            guard let environment else {
                return unsafe posix_spawn(&pid, arguments[0], &actions, &attributes, argv, environ)
            }
            return unsafe Self.withCStrings(environment) { envp in
                unsafe posix_spawn(&pid, arguments[0], &actions, &attributes, argv, envp)
            }
        }
        guard result == 0 else { throw TestFailure("posix_spawn \(arguments[0]): errno \(result)") }
        self.pid = pid
    }

    /// A shell that first moves itself into `cgroup`.
    convenience init(shell script: String, in cgroup: TestCgroup) throws {
        try self.init([
            "/bin/bash", "-c", "echo $$ > '\(cgroup.directory)/cgroup.procs'; \(script)",
        ])
    }

    deinit { stop(SIGKILL) }

    func signal(_ number: Int32) { kill(pid, number) }

    /// Sends a signal and waits for the end.
    @discardableResult
    func stop(_ number: Int32) -> Int32 {
        if status == nil { kill(pid, number) }
        return wait()
    }

    /// The wait status once it has ended.
    @discardableResult
    func wait() -> Int32 {
        if let status { return status }
        var result: Int32 = 0
        while unsafe waitpid(pid, &result, 0) < 0, errno == EINTR {}
        status = result
        return result
    }

    /// Looks without waiting.
    var hasEnded: Bool {
        if status != nil { return true }
        var result: Int32 = 0
        guard unsafe waitpid(pid, &result, WNOHANG) == pid else { return false }
        status = result
        return true
    }

    /// The exit code, or -signal.
    var exitCode: Int32 {
        let status = wait()
        return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
    }

    private static func withCStrings(
        _ strings: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> Int32 {
        var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
        defer { for unsafe pointer in unsafe pointers { unsafe free(pointer) } }
        return unsafe body(&pointers)
    }
}

/// A test could not set up what it needs.
struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
