internal import Glibc
internal import Probes
internal import Synchronization

/// A running `headroom run`, in a runtime directory of its own; ended when the value goes.
final class AgentProcess {
    private let pid: pid_t

    /// - Parameter command: path of the headroom command.
    init(command: String, arguments: [String]) throws {
        let directory = "HEADROOM_RUNTIME_DIRECTORY=/run/headroom-bench-\(getpid())"
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // This process blocks the signals that the agent must get.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pid: pid_t = 0
        let result = unsafe Self.withCStrings([command] + arguments) { argv in
            unsafe Self.withCStrings([directory]) { envp in
                unsafe posix_spawn(&pid, command, &actions, &attributes, argv, envp)
            }
        }
        guard result == 0 else { throw BenchError("start \(command): errno \(result)") }
        self.pid = pid
        Interrupt.child.store(pid, ordering: .relaxed)
    }

    deinit {
        kill(pid, SIGTERM)
        waitpid(pid, nil, 0)
        Interrupt.child.store(0, ordering: .relaxed)
    }

    /// CPU time of all its threads in nanoseconds.
    func cpuNanoseconds() throws -> Double {
        // "RUN WAIT SLICES" of the main thread; the agent has no other.
        let text = try TextFile.read("/proc/\(pid)/schedstat")
        guard let run = text.split(separator: " ").first.flatMap({ Double($0) }) else {
            throw BenchError("/proc/\(pid)/schedstat: \"\(text)\" has no CPU time")
        }
        return run
    }

    /// Resident memory in bytes: in all, and the private part (RssAnon) of it.
    func residentBytes() throws -> (all: Double, anonymous: Double) {
        let text = try TextFile.read("/proc/\(pid)/status")
        func value(_ key: String) -> Double {
            let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
            return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first)
                .flatMap { Double($0) }.map { $0 * 1024 } ?? 0
        }
        return (value("VmRSS:"), value("RssAnon:"))
    }

    private static func withCStrings(
        _ strings: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt
    ) -> CInt {
        var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe body(&pointers)
    }
}
