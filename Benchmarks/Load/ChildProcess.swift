internal import BenchSupport
internal import Glibc
internal import Synchronization

/// A process of another program: its output in memory, ended when the value goes, when this
/// process is interrupted, and by the kernel when this process is killed.
final class ChildProcess {
    struct Ended {
        let status: CInt
        /// CPU time of it and of its children that it waited for.
        let cpuNanoseconds: Double

        var isSuccess: Bool { status == 0 }
    }

    let pid: pid_t
    private let name: String
    private let endSignal: CInt
    private let output: CInt
    private let errors: CInt
    private var ended: Ended?

    static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Where `tool` is; nil when it is not installed.
    static func find(_ tool: String) -> String? {
        path.split(separator: ":").map { "\($0)/\(tool)" }.first { unsafe access($0, X_OK) == 0 }
    }

    /// Starts `arguments[0]`, looked up in `path`.
    ///
    /// - Parameters:
    ///   - keepsOutput: false discards what it prints; keeping it costs the child a copy.
    ///   - ending: SIGKILL or, for what has to tidy up, SIGTERM: ends it; sent by the kernel when
    ///     this process is gone.
    init(
        _ arguments: [String],
        environment: [String] = [],
        keepsOutput: Bool = true,
        ending: CInt = SIGKILL
    ) throws {
        precondition(ending == SIGKILL || ending == SIGTERM, "ended by signal \(ending)")
        name = arguments[0]
        endSignal = ending
        output = unsafe benchMemoryFile("output")
        errors = unsafe benchMemoryFile("errors")
        guard output >= 0, errors >= 0 else { throw BenchError.last("memfd_create", name) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        if keepsOutput {
            unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, errors, 2)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // This process blocks the signals that a child must get.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        guard let setpriv = Self.find("setpriv") else {
            throw BenchError("setpriv is not installed: it is in the package util-linux")
        }
        let whole = [setpriv, "--pdeathsig", ending == SIGTERM ? "TERM" : "KILL"] + arguments
        let fixed = ["PATH=\(Self.path)", "LC_ALL=C", "TERM=dumb"]
        var pid: pid_t = 0
        let result = unsafe Self.withCStrings(whole) { argv in
            unsafe Self.withCStrings(fixed + environment) { envp in
                unsafe posix_spawn(&pid, setpriv, &actions, &attributes, argv, envp)
            }
        }
        guard result == 0 else { throw BenchError("start \(name): errno \(result)") }
        self.pid = pid
        Interrupt.children.withLock { $0[pid] = ending }
    }

    deinit {
        end()
        close(output)
        close(errors)
    }

    var outputText: String { Self.text(of: output) }
    var errorText: String { Self.text(of: errors) }

    /// How it ended; nil while it runs.
    func poll() -> Ended? {
        if let ended { return ended }
        var status: CInt = 0
        var usage = rusage()
        guard unsafe wait4(pid, &status, WNOHANG, &usage) == pid else { return nil }
        _ = Interrupt.children.withLock { $0.removeValue(forKey: pid) }
        func nanoseconds(_ time: timeval) -> Double {
            Double(time.tv_sec) * 1e9 + Double(time.tv_usec) * 1e3
        }
        ended = Ended(
            status: status,
            cpuNanoseconds: nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime)
        )
        return ended
    }

    /// Waits for its end; one that takes longer is killed.
    func wait(seconds: Double) throws -> Ended {
        if let ended = poll(seconds: seconds) { return ended }
        end()
        throw BenchError("\(name) had not ended after \(Report.number(seconds)) s")
    }

    /// Ends it with its own signal; kills it when that does not.
    func end() {
        for signal in [endSignal, SIGKILL] where poll() == nil {
            kill(pid, signal)
            _ = poll(seconds: 3)
        }
    }

    private func poll(seconds: Double) -> Ended? {
        let end = Clock.monotonic() + Int64(seconds * 1e9)
        while true {
            if let ended = poll() { return ended }
            if Clock.monotonic() >= end { return nil }
            Clock.sleep(seconds: 0.003)
        }
    }

    private static func text(of file: CInt) -> String {
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = unsafe pread(file, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    private static func withCStrings(
        _ strings: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt
    ) -> CInt {
        var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        return unsafe body(&pointers)
    }
}
