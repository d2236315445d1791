internal import Agent
internal import Glibc

/// The demo's processes: this program again, one or more a workload.
struct DemoProcesses: ~Copyable {
    private var running: [pid_t: String] = [:]
    /// Processes that ended by themselves before their time: whose, and how.
    private(set) var failures: [String] = []

    init() {}

    var count: Int { running.count }

    /// Starts a workload's processes.
    /// - Parameters:
    ///   - file: standard input of a disk load.
    ///   - port: of the receiver, for a sender.
    /// - Returns: the port that a receiver listens on; 0 for others.
    mutating func start(
        _ workload: DemoWorkload, in directory: String, settings: DemoSettings, start: Double,
        file: CInt?, port: UInt16
    ) throws(AgentError) -> UInt16 {
        var told: UInt16 = 0
        for index in 0..<workload.processes {
            let words = [
                "headroom", "demo-load", "--load", workload.load.rawValue,
                "--shape", workload.shape.rawValue,
                "--cores", "\(min(1, workload.cores / Double(workload.processes)))",
                "--memory", "\(Int(workload.memoryBytes))", "--day", "\(settings.daySeconds)",
                "--seed", "\(settings.seed &+ UInt64(index))", "--start", "\(start)",
                "--end", "\(start + settings.durationSeconds)", "--port", "\(port)",
                "--cgroup", directory, "--parent", "\(getpid())",
            ]
            if workload.load == .receive {
                told = try spawnTelling(words, workload.place)
            } else {
                running[try Self.spawn(words, input: file, output: nil)] = workload.place
            }
        }
        return told
    }

    /// Starts a process and reads the port that it tells.
    private mutating func spawnTelling(_ words: [String], _ place: String) throws(AgentError) -> UInt16 {
        var ends: [CInt] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw .system("pipe", place) }
        defer { close(ends[0]) }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        let pid: pid_t
        do throws(AgentError) {
            pid = try Self.spawn(words, input: nil, output: ends[1])
        } catch {
            close(ends[1])
            throw error
        }
        close(ends[1])
        running[pid] = place
        var entry = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        var bytes = [UInt8](repeating: 0, count: 16)
        guard unsafe poll(&entry, 1, 20_000) > 0 else {
            throw AgentError(.failed, "\(place) did not come up within 20 s")
        }
        let count = unsafe read(ends[0], &bytes, bytes.count)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        guard let port = UInt16(text.prefix { $0.isNumber }) else {
            throw AgentError(.failed, "\(place) could not listen on loopback")
        }
        return port
    }

    private static func spawn(_ words: [String], input: CInt?, output: CInt?) throws(AgentError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let input {
            unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        if let output {
            unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // The demo waits for signals with all of them blocked; its processes must not.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var line = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { for unsafe word in unsafe line { unsafe free(word) } }
        var pid: pid_t = 0
        let result = unsafe posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, &line, environ)
        guard result == 0 else {
            throw AgentError(.failed, "a process of the demo could not be started: \(unsafe String(cString: strerror(result)))")
        }
        return pid
    }

    /// Takes note of processes that have ended.
    /// - Parameter isOver: whether they should have.
    mutating func reap(isOver: Bool) {
        var status: CInt = 0
        while true {
            let pid = unsafe waitpid(-1, &status, WNOHANG)
            guard pid > 0 else { return }
            guard let place = running.removeValue(forKey: pid), !isOver else { continue }
            if status & 0x7f != 0 {
                failures.append("\(place): ended by signal \(status & 0x7f)")
            } else if status >> 8 & 0xff != 0 {
                failures.append("\(place): ended with code \(status >> 8 & 0xff)")
            }
        }
    }

    /// Ends them all: asked first, then killed after three seconds.
    mutating func stop() {
        for pid in running.keys { kill(pid, SIGTERM) }
        for step in 0..<80 where !running.isEmpty {
            reap(isOver: true)
            if step == 60 { for pid in running.keys { kill(pid, SIGKILL) } }
            if !running.isEmpty { usleep(50_000) }
        }
    }
}

/// What the demo was asked for.
struct DemoSettings {
    var cores: Double
    var memoryBytes: Double
    var durationSeconds: Double
    /// Of a compressed day.
    var daySeconds: Double
    var seed: UInt64
    /// Where the disk load's file is made; nil: there is no disk load.
    var fileDirectory: String?
}
