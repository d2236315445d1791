internal import ArgumentParser
internal import Glibc
internal import Probes

/// `headroom demo-load`: one process of the demo; the demo's own.
///
/// Enters its cgroup, then gives up root's rights: it ends with its parent, at `--end`, or when it is
/// told to, whichever is first.
struct DemoLoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-load",
        abstract: "Be one process of the demo; the demo's own.",
        shouldDisplay: false
    )

    @Option var load: String
    @Option var shape: String
    @Option var cores: Double
    @Option var memory: Int
    @Option var day: Double
    @Option var seed: UInt64
    @Option var start: Double
    @Option var end: Double
    @Option var port: UInt16
    /// The cgroup's directory.
    @Option var cgroup: String
    /// The demo's process.
    @Option var parent: Int32

    private static let nobody: UInt32 = 65_534

    func run() throws {
        guard let load = DemoWorkload.Load(rawValue: load), let shape = DemoShape(rawValue: shape),
            (0...1).contains(cores), day > 0, end > start
        else { throw ValidationError("only `headroom demo` calls this") }
        try enter()
        let work = DemoLoad(
            load: load, shape: shape, cores: cores, memoryBytes: memory, day: day, seed: seed,
            start: start, end: end, port: port)
        let code = work.run()
        if code != 0 { throw ExitCode(code) }
    }

    private func enter() throws {
        func put(_ text: String, _ path: String) -> Bool {
            let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            return unsafe write(descriptor, text, text.utf8.count) == text.utf8.count
        }
        guard put("0", cgroup + "/cgroup.procs") else {
            throw ValidationError("\(cgroup)/cgroup.procs: \(unsafe String(cString: strerror(errno)))")
        }
        // Behind everything else of the host, and first to go when memory is short.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        _ = put("1000", "/proc/self/oom_score_adj")
        if let failure = ProcessPrivileges.become(uid: Self.nobody, gid: Self.nobody) {
            throw ValidationError(failure)
        }
        // It may have ended before its end would have been told.
        guard getppid() == parent else { throw ExitCode(1) }
    }
}
