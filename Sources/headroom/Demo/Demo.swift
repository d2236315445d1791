internal import Agent
internal import Glibc
internal import NodeView

/// A demo under way.
struct Demo {
    let tree: DemoTree
    let plan: DemoPlan
    let settings: DemoSettings
    let json: Bool

    /// Returns when the time is over or a signal came, with nothing left behind.
    func run() throws {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGCHLD] { unsafe sigaddset(&signals, number) }
        // Taken one at a time below: none can come between making a cgroup and removing it.
        unsafe sigprocmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
        try tree.make(plan, memoryBytes: settings.memoryBytes)
        var processes = DemoProcesses()
        var failure: (any Error)?
        do {
            let start = MonotonicSeconds.now()
            try launch(&processes, start)
            try awaitAll(&processes)
            try announce()
            try wait(&processes, signals, until: start + settings.durationSeconds)
        } catch {
            failure = error
        }
        processes.stop()
        // After their last microseconds came to their cgroups.
        usleep(20_000)
        let used = plan.workloads.map { tree.usedSeconds($0) ?? 0 }
        let left = tree.remove()
        if let failure { throw failure }
        try summarise(used)
        guard left.isEmpty else {
            throw AgentError(.failed, "not removed: \(left.joined(separator: ", ")) (processes of others are in there)")
        }
        guard processes.failures.isEmpty else {
            throw AgentError(.failed, "the demo was not whole: " + processes.failures.joined(separator: "; "))
        }
    }

    private func launch(_ processes: inout DemoProcesses, _ start: Double) throws(AgentError) {
        var port: UInt16 = 0
        for workload in plan.workloads {
            var file: CInt?
            if workload.load == .disk, let directory = settings.fileDirectory {
                file = try Self.namelessFile(in: directory)
            }
            defer { if let file { close(file) } }
            let told = try processes.start(
                workload, in: tree.directory(of: workload), settings: settings, start: start, file: file,
                port: port)
            if told != 0 { port = told }
        }
    }

    /// Until all are where they belong: what is told then is so.
    private func awaitAll(_ processes: inout DemoProcesses) throws(AgentError) {
        for _ in 0..<1_000 {
            processes.reap(isOver: false)
            guard processes.failures.isEmpty else {
                throw AgentError(.failed, "the demo did not come up: " + processes.failures.joined(separator: "; "))
            }
            if plan.workloads.allSatisfy({ tree.processes(of: $0) >= $0.processes }) { return }
            usleep(20_000)
        }
        throw AgentError(.failed, "the demo's processes did not come up within 20 s")
    }

    /// A file that goes with its last descriptor, whatever happens.
    private static func namelessFile(in directory: String) throws(AgentError) -> CInt {
        let temporary: CInt = 0o20_200_000  // O_TMPFILE, which glibc hides
        let file = unsafe open(directory, O_RDWR | temporary | O_CLOEXEC, 0o600)
        if file >= 0 { return file }
        guard errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL else { throw .system("open", directory) }
        let path = "\(directory)/headroom-demo.\(getpid())"
        let named = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard named >= 0 else { throw .system("open", path) }
        unsafe unlink(path)
        return named
    }

    // MARK: Waiting

    private func wait(
        _ processes: inout DemoProcesses, _ signals: sigset_t, until end: Double
    ) throws {
        let isTerminal = isatty(STDERR_FILENO) == 1 && !json
        var last = (time: MonotonicSeconds.now(), used: tree.usedSeconds ?? 0)
        var signals = signals
        while true {
            let rest = end - MonotonicSeconds.now()
            guard rest > 0 else { break }
            var pause = timespec(tv_sec: Int(min(1, rest)), tv_nsec: rest < 1 ? Int(rest * 1e9) : 0)
            let number = unsafe sigtimedwait(&signals, nil, &pause)
            if [SIGINT, SIGTERM, SIGHUP].contains(number) { break }
            processes.reap(isOver: MonotonicSeconds.now() >= end - 1)
            guard processes.count > 0 else { break }
            let now = MonotonicSeconds.now()
            guard isTerminal, now - last.time >= 0.9 else { continue }
            let used = tree.usedSeconds ?? 0
            let cores = (used - last.used) / (now - last.time)
            last = (now, used)
            Self.status(
                "\(Compact.clock(seconds: Int(settings.durationSeconds - (end - now)))) of "
                    + "\(Compact.clock(seconds: Int(settings.durationSeconds)))  "
                    + "\(Compact.cores(cores)) of at most \(Compact.cores(settings.cores)) cores  Ctrl-C ends it")
        }
        if isTerminal { Self.status("") }
    }

    private static func status(_ text: String) {
        var line = "\r\(text)\u{1b}[K"
        line.withUTF8 { _ = unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    // MARK: What is told

    private func announce() throws(AgentError) {
        guard !json else { return try announceJSON() }
        var table = TextTable([
            ("IN \(tree.path)", .left), ("CORES AT MOST", .right), ("MEMORY", .right), ("WHAT", .left),
        ])
        for workload in plan.workloads {
            table.add([
                workload.name, Compact.cores(workload.cores),
                workload.memoryBytes > 0 ? Compact.bytes(workload.memoryBytes) + "B" : "-", workload.what,
            ])
        }
        var lines = table.lines
        for (what, why) in plan.absent { lines.append("left out: \(what): \(why)") }
        lines += [
            "",
            "a day takes \(Compact.clock(seconds: Int(settings.daySeconds))); it ends by itself after "
                + "\(Compact.clock(seconds: Int(settings.durationSeconds))), or on Ctrl-C, and leaves nothing",
            "",
            "in other terminals:",
        ]
        let looks = [
            ("run", "the agent, with a live view"), ("top", "the view of an agent that runs already"),
            ("forecast \(tree.path)/web.service --why", "what it expects, and why"),
            ("maps watch hr_net_slots", "who talks, a second"),
            ("plan", "what would be reserved, and why"),
        ]
        var commands = TextTable([("", .left), ("", .left)])
        for (words, what) in looks { commands.add(["  sudo \(CommandName.typed) \(words)", what]) }
        lines += commands.lines.dropFirst()
        try FileOutput.write(
            Array((lines.joined(separator: "\n") + "\n").utf8), to: STDOUT_FILENO, "standard output")
    }

    private func announceJSON() throws(AgentError) {
        var line = JSONLine()
        for workload in plan.workloads {
            line.line("workload") { line in
                line.field("cgroup", tree.path(of: workload))
                line.field("what", workload.what)
                line.field("shape", workload.shape.rawValue)
                line.field("cores_at_most", workload.cores)
                line.field("memory_bytes_at_most", workload.memoryBytes)
                if let limit = workload.limitCores { line.field("cpu_limit_cores", limit) }
            }
        }
        for (what, why) in plan.absent {
            line.line("left_out") { line in
                line.field("what", what)
                line.field("reason", why)
            }
        }
        try FileOutput.write(line.bytes, to: STDOUT_FILENO, "standard output")
    }

    private func summarise(_ used: [Double]) throws(AgentError) {
        guard json else {
            var table = TextTable([("IN \(tree.path)", .left), ("CPU SECONDS", .right)])
            for (workload, seconds) in zip(plan.workloads, used) {
                table.add([workload.name, Compact.fixed(seconds, 2)])
            }
            let text = "\nused, by the kernel's own count:\n" + table.lines.joined(separator: "\n") + "\n"
            return try FileOutput.write(Array(text.utf8), to: STDOUT_FILENO, "standard output")
        }
        var line = JSONLine()
        for (workload, seconds) in zip(plan.workloads, used) {
            line.line("used") { line in
                line.field("cgroup", tree.path(of: workload))
                line.field("cpu_s", seconds)
            }
        }
        try FileOutput.write(line.bytes, to: STDOUT_FILENO, "standard output")
    }
}
