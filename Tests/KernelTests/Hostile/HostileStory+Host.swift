import Foundation
import Glibc
import Testing

/// Faults that come from others: cgroups, CPUs, programs, clients.
extension HostileStory {
    /// Makes so many cgroups, and has a task pass through each if it is asked for; they go with the closure.
    private func with(_ count: Int, _ name: String, tasks: Bool, _ body: () throws -> Void) throws {
        let parent = try TestCgroup(name, in: root.path)
        let names = (0..<count).map { "\(parent.directory)/c\($0)" }
        defer {
            for name in names { for _ in 0..<50 where unsafe rmdir(name) != 0 && errno == EBUSY { usleep(10_000) } }
            parent.remove()
        }
        for name in names where unsafe mkdir(name, 0o755) != 0 { throw TestFailure("mkdir \(name): errno \(errno)") }
        if tasks {
            let task = try ChildProcess([
                "/bin/bash", "-c",
                "cd '\(parent.directory)'; for ((i = 0; i < \(count); i++)); do echo $BASHPID >c$i/cgroup.procs; : $((i * i)); done",
            ])
            if task.exitCode != 0 { fail("the task that passes through them: \(task.exitCode)") }
        }
        try body()
    }

    func ringFull() throws -> String {
        let count = Self.maxCgroups * 3 / 4
        let causes = [
            "sample_ring_full", "created_ring_full", "detail_ring_full", "burst_ring_full", "removed_ring_full", "event_ring_full",
        ]
        let before = causes.map(loss)
        let skipped = loss("tick_skipped")
        agent.process?.signal(SIGSTOP)
        defer { agent.process?.signal(SIGCONT) }
        // More births and ends than it has room for, which nobody takes out.
        for _ in 0..<3 { try with(count, "brief", tasks: false) {} }
        try with(count, "burst", tasks: true) {
            usleep(UInt32(2 * interval * 1e6))
            agent.process?.signal(SIGCONT)
            try counted("tick_skipped", beyond: skipped)
            try soon("a count of created_ring_full") { loss("created_ring_full") > before[1] }
            let ticks = agent.now.ticks
            try soon("two ticks with them") { agent.now.ticks > ticks + 2 }
        }
        for (cause, before) in zip(causes, before) where loss(cause) > before { journal.count(cause, loss(cause) - before) }
        return "\(count) cgroups"
    }

    func crowd() throws -> String {
        let count = Self.maxCgroups * 5 / 2
        let (slots, table) = (loss("slot_overflow"), loss("table_full"))
        try with(count, "crowd", tasks: true) {
            try counted("slot_overflow", beyond: slots)
            try counted("table_full", beyond: table)
        }
        try soon("they are gone") { agent.now.cgroups < Self.maxCgroups / 2 }
        return "\(count) cgroups, room for \(Self.maxCgroups)"
    }

    func names() throws -> String {
        let place = Array(root.directory.utf8)
        if HostileCgroup(Array("two\nlines".utf8), in: place) != nil { fail("the kernel took a name with a line end") }
        let before = loss("path_cut")
        var cgroups: [HostileCgroup] = []
        for name in [
            "a b  c ", "esc\u{1b}[2J\u{7}", "tab\treturn\r", "\"},{\"type\":\"window\"", "right\u{202e}gnp", "$(reboot)", "-rf", "null",
        ] {
            if let cgroup = HostileCgroup(Array(name.utf8), in: place) { cgroups.append(cgroup) }
        }
        if let cgroup = HostileCgroup([0xff, 0xfe, 0x80, 0x22, 0x5c], in: place) { cgroups.append(cgroup) }
        if let cgroup = HostileCgroup((0..<200).map { _ in UInt8.random(in: 48...255, using: &random) }, in: place) {
            cgroups.append(cgroup)
        }
        for cgroup in cgroups { try cgroup.work("while :; do for i in {1..500}; do :; done; sleep 0.5; done") }
        var deep: [HostileCgroup] = []
        defer { while deep.popLast() != nil {} }
        while deep.count < 15,
            let next = HostileCgroup(Array("\(deep.count)-".utf8) + Array(repeating: 0x6e, count: 247), in: deep.last?.directory ?? place)
        {
            deep.append(next)
        }
        try deep.last?.work("while :; do for i in {1..500}; do :; done; sleep 0.5; done")
        try counted("path_cut", beyond: before)
        let ticks = agent.now.ticks
        try soon("three ticks with them") { agent.now.ticks > ticks + 3 }
        let length = deep.last.map { $0.directory.count - Host.cgroupRoot.utf8.count } ?? 0
        withExtendedLifetime(cgroups) {}
        return "\(cgroups.count) names, a path of \(length) bytes"
    }

    func busy() throws -> String {
        let cgroup = try TestCgroup("storm", in: root.path)
        let tasks = 4 * sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let seconds = Double.random(in: 5...12, using: &random)
        let (skipped, ticks) = (loss("tick_skipped"), agent.now.ticks)
        let storm = try ChildProcess(shell: "for i in $(seq \(tasks)); do while :; do :; done & done; wait", in: cgroup)
        usleep(UInt32(seconds * 1e6))
        try TestCgroup.write("0", to: cgroup.directory + "/cgroup.freeze")
        storm.stop(SIGKILL)
        cgroup.remove()
        let had = agent.now.ticks - ticks
        if had == 0 { fail("no tick in \(seconds) s") }
        journal.count("tick_skipped", loss("tick_skipped") - skipped)
        return "\(tasks) tasks, \(seconds) s, \(had) ticks"
    }

    func detached() throws -> String {
        let before = loss("probe_detached")
        // By the ids that the agent itself tells: others have programs of these names too.
        let programs = Set(try scratch.kernelObjects().programs.filter { $0.name.contains("gress") }.map { Int($0.id) })
        let links = try Bpftool.objects("link", scratch).filter { programs.contains($0.value["prog_id"] as? Int ?? -1) }.map(\.key)
        if links.count != 2 { fail("\(links.count) links of its packets' programs") }
        let told = try load.amounts()[.sent]
        for id in links {
            let tool = try ChildProcess([Bpftool.path ?? "", "link", "detach", "id", "\(id)"])
            if tool.exitCode != 0 { fail("bpftool link detach: \(tool.exitCode)") }
        }
        try counted("probe_detached", beyond: before)
        try soon("a word about it") { agent.errors.contains("somebody else detached a program of network: attached again") }
        let ticks = agent.now.ticks
        try soon("another tick") { agent.now.ticks > ticks + 1 }
        sentUnseen += try load.amounts()[.sent] - told
        return "\(links.count) links"
    }

    func descriptors() throws -> String {
        let before = ["tick_skipped", "checkpoint_failed", "history_tick"].map { ($0, loss($0)) }
        func limit(_ count: Int) throws {
            let tool = try ChildProcess(["/usr/bin/prlimit", "--pid", "\(agent.pid)", "--nofile=\(count):"])
            if tool.exitCode != 0 { fail("prlimit: \(tool.exitCode)") }
        }
        try limit(3)
        defer { try? limit(1_024) }
        try soon("a word about it") { agent.errors.contains("Too many open files") }
        pause(1...3)
        if !agent.isAlive { fail("it has ended for want of descriptors") }
        try limit(1_024)
        try counted("tick_skipped", beyond: before[0].1)
        for (cause, before) in before.dropFirst() where loss(cause) > before { journal.count(cause, loss(cause) - before) }
        try soon("an answer") { agent.isHealthy }
        return "limit 3"
    }

    /// It takes no request and says nothing until somebody ends it.
    func hangs() throws -> String {
        let before = loss("provider_failed")
        try replaceProvider("hang")
        let (ended, requests) = (loss("provider_failed"), agent.now.requests)
        // It says that there is no capacity, and no more: what is asked for then has no answer. After refusals little is asked for.
        for _ in 0..<300 where agent.now.requests <= requests + 1 || loss("provider_failed") == ended { usleep(100_000) }
        let asked = agent.now.requests - requests
        journal.count("provider_failed", loss("provider_failed") - before)
        let ticks = agent.now.ticks
        try soon("ticks go on") { agent.now.ticks > ticks + 3 }
        try replaceProvider("good")
        return "until it was killed; \(asked) lines about requests meanwhile"
    }

    func nonsense() throws -> String {
        let before = loss("provider_failed")
        try replaceProvider("nonsense")
        try counted("provider_failed", beyond: before, by: 6, seconds: 60)
        let ticks = agent.now.ticks
        try soon("ticks go on") { agent.now.ticks > ticks + 3 }
        try mode("good")
        return "what is no JSON, no UTF-8, 70 000 bytes in a line, answers to nothing"
    }

    private func replaceProvider(_ name: String) throws {
        try mode(name)
        let before = loss("provider_failed")
        for pid in agent.cgroup.processes where pid != agent.pid {
            let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
            // The helper is root; the program is nobody.
            if status.contains("\nUid:\t65534\t") { kill(pid, SIGKILL) }
        }
        try soon("its end is counted") { loss("provider_failed") > before }
    }

    func flood() throws -> String {
        let count = 800 / min(Host.scale, 4)
        var before = ConnectionFlood.raiseLimit(to: 2 * count + 1_000)
        defer { unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before) }
        let overTCP = ConnectionFlood(path: nil, port: port, count: count)
        let overSocket = ConnectionFlood(path: agent.socket, port: 0, count: count)
        func turn(seconds: Double, socketToo: Bool) {
            let end = Moment.now.monotonic + seconds
            while Moment.now.monotonic < end {
                overTCP.turn(slowly: 2)
                if socketToo { overSocket.turn(slowly: 3) }
                usleep(50_000)
            }
        }
        let ticks = agent.now.ticks
        turn(seconds: 3, socketToo: false)
        if !agent.isHealthy { fail("no answer over the socket while TCP is flooded") }
        turn(seconds: 4, socketToo: true)
        if agent.now.ticks == ticks { fail("no tick") }
        journal.count("connections made", overTCP.made + overSocket.made)
        return "\(overTCP.held + overSocket.held) held, \(overTCP.ended + overSocket.ended) ended by it"
    }
}
