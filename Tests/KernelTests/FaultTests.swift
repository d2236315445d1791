import Foundation
import Glibc
import Probes
import Testing

extension KernelSuite {
    /// What goes wrong on a host, done to a running agent: what it counted, and that nothing else suffered.
    ///
    /// Other suites have more of them: a full ring and a full table (LossTests), programs that the kernel refuses
    /// (RefusalTests), a full disk (HistoryProcessTests), a provider that hangs (ProviderProgramTests), and the
    /// overload of the switch hook (GovernorTests).
    @Suite struct FaultTests {
        private static let run = ["run", "--json", "--interval", "0.1", "--horizon", "1"]

        private static func setting(_ name: String, _ standard: Int) -> Int {
            unsafe getenv(name).flatMap { unsafe Int(String(cString: $0)) } ?? standard
        }

        private static func losses(_ scratch: Scratch, _ cause: String) throws -> [Int] {
            try scratch.text().split(separator: "\n").filter { $0.contains("\"cause\":\"\(cause)\"") }.compactMap { line in
                try (JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["total"] as? Int
            }
        }

        /// The root's windows that are wholly written.
        private static func rootWindows(_ text: String) throws -> [[String: Any]] {
            try text.split(separator: "\n", omittingEmptySubsequences: true).dropLast(text.hasSuffix("\n") ? 0 : 1)
                .filter { $0.hasPrefix("{\"type\":\"window\"") && $0.contains("\"cgroup\":\"/\",") }
                .compactMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
        }

        private static func windows(_ scratch: Scratch, of path: String) throws -> [[String: Any]] {
            try scratch.text().split(separator: "\n")
                .filter { $0.hasPrefix("{\"type\":\"window\"") && $0.contains("\"cgroup\":\"\(path)\",") }
                .compactMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
        }

        /// Killed at any moment, also while it starts and while it writes what it learned, it leaves files that the next
        /// start reads, and no tick is missing but the one under way. `HEADROOM_KILLS` times, 200 in docs/faults.md.
        @Test func killsAtAnyMomentLeaveWhatTheNextStartReads() throws {
            let scratch = try Scratch()
            var random = SystemRandomNumberGenerator()
            var shown: Set<Double> = []
            let kills = max(4, Self.setting("HEADROOM_KILLS", 16) / Host.scale)
            for kill in 0..<kills {
                let agent = try scratch.start(Self.run, output: "output-\(kill)")
                if kill % 4 != 0 { _ = try scratch.kernelObjects() }
                usleep(UInt32.random(in: 0...700_000, using: &random) * UInt32(Host.scale))
                if kill % 2 == 0 {
                    agent.signal(SIGUSR1)
                    usleep(UInt32.random(in: 0...3_000, using: &random))
                }
                agent.stop(SIGKILL)
                #expect(!scratch.errors.contains("refused") && !scratch.errors.contains("anew"), "kill \(kill): \(scratch.errors)")
                for window in try Self.rootWindows(try scratch.text("output-\(kill)")) {
                    if let time = window["time_s"] as? Double { shown.insert(time) }
                }
            }
            #expect(unsafe access(scratch.path("state/forecasts.refused"), F_OK) != 0)
            let replay = try scratch.start(["replay", "--json", "--cgroup", "/"], output: "replayed")
            #expect(replay.exitCode == 0, "\(scratch.errors)")
            let kept = try Self.rootWindows(try scratch.text("replayed")).compactMap { $0["time_s"] as? Double }
            #expect(kept == kept.sorted() && Set(kept).count == kept.count)
            let missing = shown.subtracting(kept)
            #expect(shown.count > kills / 2)
            #expect(missing.count <= kills, "\(missing.count) of \(shown.count) after \(kills) kills")
            let last = try scratch.start(Self.run + ["--duration", "1"])
            #expect(last.exitCode == 0, "\(scratch.errors)")
        }

        @Test func aStateDirectoryThatTurnsReadOnlyIsCountedAndHealsByItself() throws {
            let scratch = try Scratch()
            let state = scratch.path("state")
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
            guard unsafe mount("none", state, "tmpfs", 0, nil) == 0 else {
                print("SKIPPED a kernel test: no tmpfs can be mounted: errno \(errno)")
                return
            }
            defer { unsafe umount2(state, CInt(MNT_DETACH)) }
            let agent = try scratch.start(Self.run + ["--duration", "120"])
            _ = try scratch.kernelObjects()
            agent.signal(SIGUSR1)
            try expectSoon("a checkpoint") { unsafe access(state + "/forecasts", F_OK) == 0 }
            // History is open for writing, and a mount with such a file cannot become read-only; the superblock can.
            let isReadOnly = unsafe mount("none", state, nil, UInt(MS_REMOUNT | MS_RDONLY), nil) == 0
            if !isReadOnly {
                // As `mount -o bind,remount,ro`, of the path that new files are made at.
                #expect(unsafe mount(state, state, nil, UInt(MS_BIND), nil) == 0)
                #expect(unsafe mount("none", state, nil, UInt(MS_REMOUNT | MS_BIND | MS_RDONLY), nil) == 0, "errno \(errno)")
            }
            let before = try Self.rootWindows(try scratch.text()).count
            agent.signal(SIGUSR1)
            try expectSoon("a count of checkpoint_failed") { try !Self.losses(scratch, "checkpoint_failed").isEmpty }
            try expectSoon("windows go on") { try Self.rootWindows(try scratch.text()).count > before + 5 }
            if isReadOnly {
                #expect(unsafe mount("none", state, nil, UInt(MS_REMOUNT), nil) == 0)
            } else {
                #expect(unsafe umount2(state, CInt(MNT_DETACH)) == 0)
            }
            var old = stat()
            #expect(unsafe stat(state + "/forecasts", &old) == 0)
            agent.signal(SIGUSR1)
            try expectSoon("a checkpoint again") {
                var new = stat()
                return unsafe stat(state + "/forecasts", &new) == 0 && new.st_ino != old.st_ino
            }
            #expect(agent.stop(SIGTERM) == 0, "\(scratch.errors)")
        }

        /// As after a suspend, or on a host whose CPUs are taken: no tick comes for three seconds. They are counted, the next
        /// window is as long as it was, and the CPU time in it is the kernel's.
        @Test func anAgentThatStoodStillCountsTheTicksAndLosesNoCPUTime() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("still"))
            let load = try ChildProcess(shell: "while :; do :; done", in: cgroup)
            defer { load.stop(SIGKILL) }
            let agent = try scratch.start(Self.run)
            _ = try scratch.kernelObjects()
            try expectSoon("its windows") { try Self.windows(scratch, of: cgroup.path).count > 5 }
            let began = try #require(try Self.windows(scratch, of: cgroup.path).last?["time_s"] as? Double)
            agent.signal(SIGSTOP)
            usleep(3_000_000)
            agent.signal(SIGCONT)
            try expectSoon("a count of tick_skipped") { try (Self.losses(scratch, "tick_skipped").last ?? 0) >= 25 }
            usleep(1_000_000)
            let inner = try cgroup.cpuUsageNanoseconds
            usleep(300_000 * UInt32(Host.scale))
            #expect(agent.stop(SIGINT) == 0, "\(scratch.errors)")
            let windows = try Self.windows(scratch, of: cgroup.path)
            let outer = try cgroup.cpuUsageNanoseconds
            let sum = windows.reduce(0.0) { $0 + ($1["cpu_usage_ns"] as? Double ?? 0) }
            let first = try #require(windows.first)
            let last = try #require(windows.last)
            let span = (last["time_s"] as? Double ?? 0) - (first["time_s"] as? Double ?? 0) + (first["duration_s"] as? Double ?? 0)
            let whole = windows.reduce(0.0) { $0 + ($1["duration_s"] as? Double ?? 0) }
            #expect(abs(whole - span) < 0.001 * span, "windows follow one another: \(whole) of \(span) s")
            #expect(windows.contains { ($0["duration_s"] as? Double ?? 0) > 2.5 && ($0["time_s"] as? Double ?? 0) > began })
            // Counted from the agent's start, when the load had run a moment.
            let lifetime = Double(outer)
            #expect(sum <= lifetime && sum >= (Double(inner) - lifetime) + lifetime * 0.6, "\(sum) of \(lifetime)")
        }

        /// All CPUs busy with four tasks each, the agent at its usual priority.
        @Test func aHostWithoutAFreeCPUGetsItsTicksWithTheRightTimes() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("storm"))
            let tasks = 4 * sysconf(Int32(_SC_NPROCESSORS_ONLN))
            let agent = try scratch.start(Self.run)
            _ = try scratch.kernelObjects()
            let load = try ChildProcess(
                shell: "for i in $(seq \(tasks)); do while :; do :; done & done; wait", in: cgroup)
            defer { load.stop(SIGKILL) }
            let seconds = Self.setting("HEADROOM_STORM_SECONDS", 6)
            try expectSoon("its windows") { try !Self.windows(scratch, of: cgroup.path).isEmpty }
            let before = try cgroup.cpuUsageNanoseconds
            usleep(UInt32(seconds) * 1_000_000)
            let after = try cgroup.cpuUsageNanoseconds
            usleep(500_000)
            let wall = Date().timeIntervalSince1970
            try expectSoon("a window of this moment") {
                try (Self.windows(scratch, of: cgroup.path).last?["time_s"] as? Double ?? 0) >= wall
            }
            #expect(agent.stop(SIGINT) == 0, "\(scratch.errors)")
            cgroup.remove()
            let windows = try Self.windows(scratch, of: cgroup.path)
            let sum = windows.reduce(0.0) { $0 + ($1["cpu_usage_ns"] as? Double ?? 0) }
            #expect(sum >= Double(after - before), "\(sum) of \(after - before)")
            let times = windows.compactMap { $0["time_s"] as? Double }
            #expect(times == times.sorted() && Set(times).count == times.count)
            let roots = try Self.rootWindows(try scratch.text())
            let expected = Double(seconds) / 0.1
            let late = try Self.losses(scratch, "tick_skipped").last ?? 0
            // What was late is counted: windows and skipped ticks together are the time that passed.
            #expect(Double(roots.count + late) >= expected * 0.9, "\(roots.count) windows, \(late) late, of \(expected)")
        }

        /// Another process takes the packets' programs off: counted, attached again, and bytes are counted on.
        /// Whether or not the budget has the helper put probes back.
        @Test(.enabled(if: Bpftool.isThere), arguments: ["1", "0"]) func aDetachedProgramIsAttachedAgainAndCounted(budget: String) throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("detached"))
            let agent = try scratch.start(Self.run + ["--overhead-budget", budget])
            let objects = try scratch.kernelObjects()
            let programs = Set(objects.programs.filter { $0.name.contains("gress") }.map { Int($0.id) })
            let links = try Bpftool.objects("link", scratch).filter { programs.contains($0.value["prog_id"] as? Int ?? -1) }
            #expect(links.count == 2, "\(links)")
            for id in links.keys {
                let tool = try ChildProcess([try #require(Bpftool.path), "link", "detach", "id", "\(id)"])
                #expect(tool.exitCode == 0)
            }
            try expectSoon("a count of probe_detached") { try Self.losses(scratch, "probe_detached").last == 1 }
            let said = "somebody else detached a program of network: attached again"
            try expectSoon("a word about it") { scratch.errors.contains(said) }
            let server = try LoopbackServer(reply: 0)
            let client = try ChildProcess(
                shell: "exec head -c 5000000 /dev/zero > /dev/tcp/127.0.0.1/\(server.port)", in: cgroup)
            #expect(client.exitCode == 0)
            #expect(server.join() == 5_000_000)
            usleep(500_000 * UInt32(Host.scale))
            #expect(agent.stop(SIGINT) == 0, "\(scratch.errors)")
            let sent = try Self.windows(scratch, of: cgroup.path).reduce(0) { $0 + ($1["net_tx_bytes"] as? Int ?? 0) }
            #expect(sent >= 5_000_000 && sent < 5_500_000, "\(sent)")
            // The window in which they were off says that it does not know.
            #expect(try Self.rootWindows(try scratch.text()).contains { $0["net_tx_bytes"] is NSNull })
        }

        /// A walk takes a descriptor. Without any, ticks are skipped and counted, and nothing is lost but resolution.
        @Test(.enabled(if: Tool.curl.isThere)) func withoutDescriptorsItWaitsAndGoesOn() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("descriptors"))
            let agent = try scratch.start(Self.run)
            _ = try scratch.kernelObjects()
            let load = try ChildProcess(shell: "while :; do :; done", in: cgroup)
            defer { load.stop(SIGKILL) }
            let socket = scratch.runtime + "/headroom.sock"
            func answers(_ path: String = "healthz") throws -> Bool {
                try ChildProcess([
                    "/usr/bin/curl", "-sf", "--max-time", "2", "-o", scratch.path("answer"), "--unix-socket", socket,
                    "http://localhost/\(path)",
                ]).exitCode == 0
            }
            try expectSoon("an answer") { try answers() }
            try Self.limit(agent.pid, descriptors: 3)
            try expectSoon("a word about it") { scratch.errors.contains("Too many open files") }
            #expect(try !answers(), "a client waits for a descriptor")
            #expect(!agent.hasEnded, "\(scratch.errors)")
            try Self.limit(agent.pid, descriptors: 1_024)
            let before = try Self.rootWindows(try scratch.text()).count
            try expectSoon("an answer again") { try answers() }
            try expectSoon("a count of who waited") {
                try answers("metrics") && scratch.text("answer").contains(#/headroom_http_hindered_total\{reason="no_descriptor"\} [1-9]/#)
            }
            try expectSoon("windows go on") { try Self.rootWindows(try scratch.text()).count > before + 5 }
            #expect(try Self.losses(scratch, "tick_skipped").last ?? 0 >= 5)
            load.stop(SIGKILL)
            let used = try cgroup.cpuUsageNanoseconds
            usleep(500_000 * UInt32(Host.scale))
            #expect(agent.stop(SIGINT) == 0, "\(scratch.errors)")
            let sum = try Self.windows(scratch, of: cgroup.path).reduce(0.0) { $0 + ($1["cpu_usage_ns"] as? Double ?? 0) }
            #expect(abs(sum - Double(used)) <= Double(used) * 0.02 + 2e6, "\(sum) of \(used)")
        }

        private static func limit(_ pid: pid_t, descriptors: Int) throws {
            let tool = try ChildProcess(["/usr/bin/prlimit", "--pid", "\(pid)", "--nofile=\(descriptors):"])
            #expect(tool.exitCode == 0)
        }

        /// The kernel ends an agent that has outgrown its own limit, as any process; the next one goes on.
        @Test(.enabled(if: Host.has("memory"))) func anAgentBeyondItsMemoryLimitIsEndedAndTheNextGoesOn() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("small"))
            let agent = try scratch.start(Self.run)
            _ = try scratch.kernelObjects()
            agent.signal(SIGUSR1)
            try expectSoon("a checkpoint") { unsafe access(scratch.path("state/forecasts"), F_OK) == 0 }
            try TestCgroup.write("\(agent.pid)", to: cgroup.directory + "/cgroup.procs")
            // Memory stays with the cgroup that it was charged to: what comes from now on counts.
            try TestCgroup.write("65536", to: cgroup.directory + "/memory.max")
            let parents = try (0..<200).map { try TestCgroup(TestCgroup.uniqueName("many-\($0)")) }
            for _ in 0..<100 * Host.scale where !agent.hasEnded { usleep(100_000) }
            #expect(agent.hasEnded, "it lives within 64 KiB more: \(cgroup.number("memory.current") ?? 0)")
            guard agent.hasEnded else {
                _ = agent.stop(SIGKILL)
                return
            }
            #expect(agent.exitCode == -SIGKILL)
            withExtendedLifetime(parents) {}
            let next = try scratch.start(Self.run + ["--duration", "1"])
            #expect(next.exitCode == 0, "\(scratch.errors)")
            #expect(!scratch.errors.contains("anew"), "\(scratch.errors)")
            #expect(try scratch.start(["history", "--json"], output: "history").exitCode == 0, "\(scratch.errors)")
        }

        /// Sixteen names of 250 bytes, one below the other: nearly PATH_MAX.
        @Test func aPathOfFourKiBIsCutAndCountedAndItsFiguresAreRight() throws {
            let scratch = try Scratch()
            let agent = try scratch.start(Self.run)
            _ = try scratch.kernelObjects()
            var chain = [try TestCgroup(TestCgroup.uniqueName("deep"))]
            for level in 0..<15 {
                let name = "\(level)-" + String(repeating: "n", count: 247)
                chain.append(try TestCgroup(name, in: chain[chain.count - 1].path))
            }
            defer { for cgroup in chain.reversed() { cgroup.remove() } }
            let deepest = chain[chain.count - 1]
            let load = try ChildProcess(shell: "for i in {1..200000}; do :; done", in: deepest)
            #expect(load.exitCode == 0)
            let used = try deepest.cpuUsageNanoseconds
            try expectSoon("a count of path_cut") { try !Self.losses(scratch, "path_cut").isEmpty }
            usleep(400_000 * UInt32(Host.scale))
            #expect(agent.stop(SIGINT) == 0, "\(scratch.errors)")
            // The outermost holds all of it.
            let sum = try Self.windows(scratch, of: chain[0].path).reduce(0.0) { $0 + ($1["cpu_usage_ns"] as? Double ?? 0) }
            #expect(abs(sum - Double(used)) <= Double(used) * 0.05 + 2e6, "\(sum) of \(used)")
        }

        /// Only where the clock is the test's own: scripts/test-vm sets `HEADROOM_TEST_OWN_CLOCK`.
        @Test(.enabled(if: unsafe getenv("HEADROOM_TEST_OWN_CLOCK") != nil, "this host's clock is not the test's to set"))
        func aClockThatIsSetForthAndBackMovesTimesAndNothingElse() throws {
            let scratch = try Scratch()
            let agent = try scratch.start(Self.run)
            _ = try scratch.kernelObjects()
            func step(_ seconds: Int) throws {
                var now = timespec()
                unsafe clock_gettime(CLOCK_REALTIME, &now)
                now.tv_sec += seconds
                guard unsafe clock_settime(CLOCK_REALTIME, &now) == 0 else { throw TestFailure("clock_settime: errno \(errno)") }
            }
            try expectSoon("windows") { try Self.rootWindows(try scratch.text()).count > 5 }
            for seconds in [3_600, -7_200, 3_600] {
                let before = try Self.rootWindows(try scratch.text()).count
                try step(seconds)
                try expectSoon("windows after a step of \(seconds) s") { try Self.rootWindows(try scratch.text()).count > before + 8 }
            }
            agent.signal(SIGUSR1)
            try expectSoon("a checkpoint") { unsafe access(scratch.path("state/forecasts"), F_OK) == 0 }
            #expect(agent.stop(SIGINT) == 0, "\(scratch.errors)")
            let windows = try Self.rootWindows(try scratch.text())
            // A window is as long as the monotonic clock says.
            let longest = windows.compactMap { $0["duration_s"] as? Double }.max() ?? 0
            #expect(longest < 30, "\(longest)")
            let times = windows.compactMap { $0["time_s"] as? Double }
            let steps = zip(times, times.dropFirst()).map { $1 - $0 }
            #expect(steps.count { $0 > 3_000 } == 2 && steps.count { $0 < -3_000 } == 1, "\(steps.filter { abs($0) > 60 })")
            #expect(try scratch.start(["history", "--json"], output: "history").exitCode == 0, "\(scratch.errors)")
            let next = try scratch.start(Self.run + ["--duration", "1"])
            #expect(next.exitCode == 0 && !scratch.errors.contains("anew"), "\(scratch.errors)")
        }

        /// Waits for it, 20 s at most on a real machine.
        private func expectSoon(
            _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () throws -> Bool
        ) throws {
            if try comesTrue(within: 20 * Host.scale, condition) { return }
            Issue.record("not within \(20 * Host.scale) s: \(what)", sourceLocation: sourceLocation)
        }
    }
}
