import Foundation
import Glibc
import Testing

/// Faults of the process, of what it keeps, and of time.
extension HostileStory {
    /// - Returns: what was chosen.
    func perform(_ fault: HostileFault) throws -> String {
        switch fault {
        case .killed: try killed()
        case .damaged: try damaged()
        case .stopped: try stopped()
        case .diskFull: try diskFull()
        case .readOnly: try readOnly()
        case .clock: try clock()
        case .suspend: try suspend()
        case .ringFull: try ringFull()
        case .refused: try refused()
        case .detached: try detached()
        case .memory: try memory()
        case .busy: try busy()
        case .crowd: try crowd()
        case .names: try names()
        case .descriptors: try descriptors()
        case .hangs: try hangs()
        case .nonsense: try nonsense()
        case .flood: try flood()
        }
    }

    private func killed() throws -> String {
        pause(0...2)
        let writes = Bool.random(using: &random)
        if writes {
            agent.process?.signal(SIGUSR1)
            usleep(UInt32.random(in: 0...5_000, using: &random) * UInt32(Host.scale))
        }
        end(SIGKILL, expecting: -SIGKILL)
        try start()
        let again = Int.random(in: 0...2, using: &random)
        for _ in 0..<again {
            pause(0...(Host.scale > 1 ? 6 : 0.8))
            end(SIGKILL, expecting: -SIGKILL)
            try start()
        }
        try ready()
        try readsItsState()
        return "\(writes ? "while it writes" : "plainly"), and \(again) times while it starts"
    }

    private func readsItsState() throws {
        let isKeptAside = unsafe access(state + "/forecasts.refused", F_OK) == 0
        if agent.errors.contains("anew") || isKeptAside { fail("its checkpoint is not read") }
    }

    private func checkpoint() throws {
        func identity() -> (UInt, Int) {
            var facts = stat()
            return unsafe stat(state + "/forecasts", &facts) == 0 ? (facts.st_ino, facts.st_mtim.tv_nsec) : (0, 0)
        }
        let old = identity()
        agent.process?.signal(SIGUSR1)
        try soon("a new checkpoint") { identity() != old }
    }

    private func damaged() throws -> String {
        try checkpoint()
        end(SIGTERM, expecting: 0)
        let path = state + "/forecasts"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let bit = Int.random(in: 0..<bytes.count * 8, using: &random)
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        try bytes.write(to: URL(fileURLWithPath: path))
        try start()
        try ready()
        try soon("a word about the damage") { agent.errors.contains(path + ": ") }
        if try Data(contentsOf: URL(fileURLWithPath: path + ".refused")) != bytes { fail("what was damaged is not kept aside") }
        unsafe unlink(path + ".refused")
        try checkpoint()
        journal.count("said, kept aside", 1)
        return "bit \(bit) of \(bytes.count * 8)"
    }

    private func stopped() throws -> String {
        let seconds = Double.random(in: 2...6, using: &random)
        let before = loss("tick_skipped")
        agent.process?.signal(SIGSTOP)
        usleep(UInt32(seconds * 1e6))
        agent.process?.signal(SIGCONT)
        try counted("tick_skipped", beyond: before, by: Int(seconds / interval) - 1)
        return "\(seconds) s"
    }

    private func diskFull() throws -> String {
        let (ticks, checkpoints) = (loss("history_tick"), loss("checkpoint_failed"))
        let ballast = state + "/ballast"
        let descriptor = unsafe open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { unsafe unlink(ballast) }
        guard descriptor >= 0 else { throw TestFailure("open \(ballast): errno \(errno)") }
        let zeros = [UInt8](repeating: 0, count: 4096)
        var written = 0
        while written < 32 << 20, unsafe write(descriptor, zeros, zeros.count) > 0 { written += zeros.count }
        Glibc.close(descriptor)
        // Never the host's own.
        guard written < 32 << 20 else { throw TestFailure("\(state) is no file system of 24 MiB") }
        agent.process?.signal(SIGUSR1)
        try counted("checkpoint_failed", beyond: checkpoints)
        // What it writes next may fit into a block that it has.
        try counted("history_tick", beyond: ticks, seconds: 60)
        unsafe unlink(ballast)
        try checkpoint()
        return "a file system of 24 MiB"
    }

    private func readOnly() throws -> String {
        let before = loss("checkpoint_failed")
        agent.process?.signal(SIGUSR1)
        usleep(UInt32.random(in: 0...3_000, using: &random))
        // History is open for writing, and a mount with such a file cannot become read-only; what new files are made at can.
        guard unsafe mount(state, state, nil, UInt(MS_BIND), nil) == 0,
            unsafe mount("none", state, nil, UInt(MS_REMOUNT | MS_BIND | MS_RDONLY), nil) == 0
        else { throw TestFailure("remount of \(state): errno \(errno)") }
        var isBound = true
        defer { if isBound { unsafe umount2(state, CInt(MNT_DETACH)) } }
        try soon("a count of checkpoint_failed") {
            agent.process?.signal(SIGUSR1)
            return loss("checkpoint_failed") > before
        }
        journal.count("checkpoint_failed", loss("checkpoint_failed") - before)
        let ticks = agent.now.ticks
        try soon("windows go on") { agent.now.ticks > ticks + 3 }
        isBound = unsafe umount2(state, CInt(MNT_DETACH)) != 0
        try checkpoint()
        return "while it writes a checkpoint"
    }

    private func clock() throws -> String {
        for step in [3_600, -7_200, 3_600] {
            var now = timespec()
            unsafe clock_gettime(CLOCK_REALTIME, &now)
            now.tv_sec += step
            guard unsafe clock_settime(CLOCK_REALTIME, &now) == 0 else { throw TestFailure("clock_settime: errno \(errno)") }
            let ticks = agent.now.ticks
            try soon("windows after a step of \(step) s") { agent.now.ticks > ticks + 3 }
        }
        try checkpoint()
        return "steps of 3600, -7200 and 3600 s"
    }

    private func suspend() throws -> String {
        let before = loss("tick_skipped")
        let times = try Suspend.toMemory(seconds: 5)
        let ticks = agent.now.ticks
        try soon("windows after the suspend") { agent.now.ticks > ticks + 3 }
        journal.count("tick_skipped", loss("tick_skipped") - before)
        return "\(times.realtime) s, of which the monotonic clock saw \(times.monotonic)"
    }

    /// Its own limit: the kernel ends it.
    private func memory() throws -> String {
        let used = agent.cgroup.number("memory.current") ?? 0
        // Under what it has: it is given up at the next page that it needs, if not at once.
        for share in stride(from: 0.9, to: 0, by: -0.1) where agent.isAlive {
            try? TestCgroup.write("\(UInt64(Double(used) * share) & ~4095)", to: agent.cgroup.directory + "/memory.max")
            for _ in 0..<20 where agent.isAlive { usleep(50_000) }
        }
        if agent.isAlive { fail("it lives with \(agent.cgroup.number("memory.current") ?? 0) bytes of \(used)") }
        let kills = agent.cgroup.number("oom_kill", of: "memory.events") ?? 0
        end(agent.isAlive ? SIGKILL : nil, expecting: -SIGKILL)
        try TestCgroup.write("max", to: agent.cgroup.directory + "/memory.max")
        journal.count("oom_kill of memory.events", Int(kills))
        try start()
        try ready()
        try readsItsState()
        return "below \(used) bytes"
    }

    /// Another command than it was: one of its programs does not load.
    private func refused() throws -> String {
        let (program, metric) =
            [("hr_on_switch", "run-queue delay"), ("hr_on_retransmit", "tcp retransmits"), ("hr_walk_cgroups", "")]
            .randomElement(using: &random) ?? ("", "")
        let binary = scratch.path("refused-\(program)")
        defer { unsafe unlink(binary) }
        guard try RefusedProgram.copy(Host.command, to: binary, refusing: program) else {
            throw TestFailure("no \(program) in \(Host.command)")
        }
        end(SIGTERM, expecting: 0)
        try start(binary: binary)
        try ready()
        if !metric.isEmpty { try soon("a word about \(program)") { agent.errors.contains("\(metric): no source: \(program) was refused") } }
        journal.count("said of \(program)", 1)
        pause(2...4)
        // In this life too.
        try compare()
        end(SIGTERM, expecting: 0)
        try start()
        try ready()
        return program
    }
}
