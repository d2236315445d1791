import Foundation
import Glibc
import Testing

extension KernelSuite {
    /// The agent as a service manager has it: what it is told, and SIGHUP.
    @Suite struct ServiceTests {
        /// The datagram socket that systemd has, in its place.
        private final class Manager {
            let path: String
            private let descriptor: CInt

            init(_ path: String) throws {
                self.path = path
                descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
                var address = sockaddr_un()
                address.sun_family = sa_family_t(AF_UNIX)
                unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
                let bound = unsafe withUnsafePointer(to: &address) { pointer in
                    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                    }
                }
                guard descriptor >= 0, bound == 0 else { throw TestFailure("bind \(path): errno \(errno)") }
            }

            deinit { close(descriptor) }

            /// The lines of messages up to one that has `line`.
            func lines(until line: String) throws -> [String] {
                var lines: [String] = []
                while !lines.contains(line) {
                    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                    guard unsafe poll(&entry, 1, CInt(20_000 * Host.scale)) == 1 else {
                        throw TestFailure("no \(line) after \(lines)")
                    }
                    var bytes = [UInt8](repeating: 0, count: 4096)
                    let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
                    lines += String(decoding: bytes[..<max(0, count)], as: UTF8.self).split(separator: "\n").map(String.init)
                }
                return lines
            }
        }

        /// In a session without a terminal, as services are.
        private static func start(_ scratch: Scratch, _ arguments: [String], manager: Manager) throws -> ChildProcess {
            try scratch.start(
                ["-u", "WATCHDOG_PID", "NOTIFY_SOCKET=\(manager.path)", "WATCHDOG_USEC=1000000", "/usr/bin/setsid", Host.command]
                    + arguments, binary: "/usr/bin/env")
        }

        @Test func theManagerIsToldOfReadinessLifeAndEnd() throws {
            let scratch = try Scratch()
            let manager = try Manager(scratch.path("notify"))
            // A window is longer than the watchdog waits.
            let agent = try Self.start(scratch, ["run", "--json", "--interval", "10"], manager: manager)
            let first = try manager.lines(until: "READY=1")
            #expect(first == ["READY=1"] || first.allSatisfy { !$0.hasPrefix("WATCHDOG") }, "\(first)")
            // The probes are attached, the first walk is done: the table has it.
            #expect(try scratch.kernelObjects().programs.count > 5)
            for _ in 0..<4 { _ = try manager.lines(until: "WATCHDOG=1") }
            #expect(agent.stop(SIGTERM) == 0, "\(scratch.errors)")
            #expect(try manager.lines(until: "STOPPING=1").contains("STOPPING=1"))
        }

        @Test func nobodyIsToldWhereNobodyAsks() throws {
            let scratch = try Scratch()
            for socket in ["", "relative", "/" + String(repeating: "x", count: 200)] {
                let agent = try scratch.start(
                    ["NOTIFY_SOCKET=\(socket)", "WATCHDOG_USEC=never", Host.command, "run", "--json", "--duration", "1"],
                    binary: "/usr/bin/env")
                #expect(agent.exitCode == 0, "\(scratch.errors)")
            }
        }

        /// Standard error is the journal where JOURNAL_STREAM names its device and inode, and nowhere else.
        @Test(arguments: [true, false]) func theJournalHasPrioritiesInsteadOfTimes(isJournal: Bool) throws {
            let scratch = try Scratch()
            let manager = try Manager(scratch.path("notify"))
            let configuration = scratch.path("headroom.yaml")
            try "overhead: {budget_percent: 50}\n".write(toFile: configuration, atomically: true, encoding: .utf8)
            let stream = isJournal ? "$(stat -L -c %d:%i /proc/self/fd/2)" : "8:1"
            let agent = try scratch.start(
                [
                    "NOTIFY_SOCKET=\(manager.path)", "/usr/bin/setsid", "/bin/bash", "-c",
                    "JOURNAL_STREAM=\(stream) exec '\(Host.command)' run --json --interval 0.2 --config '\(configuration)'",
                ], binary: "/usr/bin/env")
            _ = try manager.lines(until: "READY=1")
            for text in ["overhead: {budget_percent: 60}\nprobes: {disk: false}\n", "plan: {lead: soon}\n"] {
                try text.write(toFile: configuration, atomically: true, encoding: .utf8)
                agent.signal(SIGHUP)
                _ = try manager.lines(until: "READY=1")
            }
            #expect(agent.stop(SIGTERM) == 0, "\(scratch.errors)")
            let lines = scratch.errors.split(separator: "\n")
            let timed = lines.filter { $0.contains(/^(<\d>)?\d{4}-\d\d-\d\dT/) }
            let prioritised = lines.filter { $0.contains(/^<[2-7]>/) }
            guard isJournal else {
                #expect(prioritised.isEmpty && timed.contains { $0.contains("at the next start: probes.disk") }, "\(lines)")
                return
            }
            #expect(timed.isEmpty && prioritised.count == lines.count && lines.count >= 4, "\(lines)")
            #expect(lines.contains("<5>the configuration was read again: overhead.budget_percent"), "\(lines)")
            #expect(lines.contains("<4>at the next start: probes.disk (programs are loaded and attached once)"), "\(lines)")
            #expect(lines.contains { $0.hasPrefix("<3>") && $0.contains("plan.lead: \"soon\" is not") }, "\(lines)")
        }

        /// The log's level, the budget and the number of series are another from one second to the next.
        @Test(.enabled(if: Tool.curl.isThere)) func aReloadChangesWhatTheAgentSaysOfItself() throws {
            let scratch = try Scratch()
            let manager = try Manager(scratch.path("notify"))
            let cgroups = try (0..<4).map { _ in try TestCgroup(TestCgroup.uniqueName("series")) }
            let loads = try cgroups.map { try ChildProcess(shell: "while sleep 0.01; do :; done", in: $0) }
            defer { loads.forEach { $0.stop(SIGKILL) } }
            let configuration = scratch.path("headroom.yaml")
            func configure(_ text: String) throws {
                try text.write(toFile: configuration, atomically: true, encoding: .utf8)
            }
            func metric(_ name: String) throws -> Double? {
                let page = try Tool.curl.run(
                    ["-s", "--unix-socket", scratch.runtime + "/headroom.sock", "http://localhost/metrics"], scratch)
                return page.split(separator: "\n").first { $0.hasPrefix(name + " ") }
                    .flatMap { $0.split(separator: " ").last.flatMap { Double($0) } }
            }
            try configure("telemetry: {max_cgroups: 3}\noutput: {log_level: error}\noverhead: {budget_percent: 40}\n")
            let agent = try Self.start(
                scratch, ["run", "--json", "--interval", "0.2", "--config", configuration], manager: manager)
            _ = try manager.lines(until: "READY=1")
            usleep(1_500_000)
            #expect(try metric("headroom_cgroups_shown") == 3)
            #expect(try metric("headroom_overhead_budget_cores") == 0.4)
            // Of the level error, so not told.
            try configure(
                "telemetry: {max_cgroups: 3}\noutput: {log_level: error}\noverhead: {budget_percent: 40}\nprobes: {disk: false}\n")
            agent.signal(SIGHUP)
            _ = try manager.lines(until: "READY=1")
            #expect(!scratch.errors.contains("at the next start"), "\(scratch.errors)")
            try configure(
                "telemetry: {max_cgroups: 1}\noutput: {log_level: notice}\noverhead: {budget_percent: 55}\nprobes: {disk: false}\n")
            agent.signal(SIGHUP)
            _ = try manager.lines(until: "READY=1")
            usleep(1_500_000)
            #expect(try metric("headroom_cgroups_shown") == 1)
            #expect(try metric("headroom_overhead_budget_cores") == 0.55)
            #expect(
                scratch.errors.contains("read again: overhead.budget_percent, telemetry.max_cgroups, output.log_level"), "\(scratch.errors)"
            )
            #expect(scratch.errors.contains("at the next start: probes.disk (programs are loaded and attached once)"))
            #expect(agent.stop(SIGTERM) == 0, "\(scratch.errors)")
        }

        /// Windows go on second by second, models stay, and the recording replays.
        @Test func aReloadLosesNoWindowAndNoModel() throws {
            let scratch = try Scratch()
            let manager = try Manager(scratch.path("notify"))
            let cgroup = try TestCgroup(TestCgroup.uniqueName("reload"))
            let load = try ChildProcess(shell: "while :; do :; done", in: cgroup)
            defer { load.stop(SIGKILL) }
            func configure(_ text: String) throws {
                try text.write(toFile: scratch.path("headroom.yaml"), atomically: true, encoding: .utf8)
            }
            let fixed = "sampling: {interval: 200ms}\nforecast: {horizons: [1s, 2s]}\n"
            try configure(fixed + "plan: {lead: 1s, resources: [cpu]}\n")
            let used = try cgroup.cpuUsageNanoseconds
            let agent = try Self.start(
                scratch,
                ["run", "--json", "--config", scratch.path("headroom.yaml"), "--record", scratch.path("recording")],
                manager: manager)
            _ = try manager.lines(until: "READY=1")
            usleep(3_000_000)
            try configure(
                fixed.replacingOccurrences(of: "200ms", with: "400ms")
                    + "plan: {lead: 1s, resources: [cpu, memory], cost_ratio: 33}\npools: [{name: web, cgroups: [\(cgroup.path)]}]\n")
            agent.signal(SIGHUP)
            #expect(try manager.lines(until: "READY=1").contains("RELOADING=1"))
            usleep(2_000_000)
            try configure("plan: {lead: soon}\n")
            agent.signal(SIGHUP)
            _ = try manager.lines(until: "READY=1")
            usleep(1_000_000)
            #expect(agent.stop(SIGTERM) == 0, "\(scratch.errors)")
            let after = try cgroup.cpuUsageNanoseconds

            #expect(scratch.errors.contains("the configuration was read again: plan.resources, plan.cost_ratio, pools"))
            #expect(scratch.errors.contains("at the next start: sampling.interval"))
            #expect(scratch.errors.contains("headroom.yaml:1:14: plan.lead: \"soon\" is not"), "\(scratch.errors)")
            let lines = try scratch.lines()
            let plans = lines.filter { $0["type"] as? String == "plan" }
            #expect(plans.first?["fraction"] as? Double == 0.95)
            let last = plans.suffix(4)
            #expect(last.allSatisfy { (($0["fraction"] as? Double ?? 0) - 33 / 34.0).magnitude < 1e-9 }, "\(last)")
            #expect(Set(last.compactMap { $0["pool"] as? String }) == ["node", "web"])

            // Each window begins where the one before ended, so every nanosecond of use is in one.
            let windows = lines.filter { $0["type"] as? String == "window" && $0["cgroup"] as? String == cgroup.path }
            let ends = windows.compactMap { $0["time_s"] as? Double }
            let lengths = windows.compactMap { $0["duration_s"] as? Double }
            for (index, end) in ends.enumerated().dropFirst() {
                #expect((end - lengths[index] - ends[index - 1]).magnitude < 1e-4, "a gap before \(end)")
            }
            let seen = windows.compactMap { $0["cpu_usage_ns"] as? Double }.reduce(0, +)
            #expect(seen <= Double(after - used) && seen > 0.7 * Double(after - used))

            // The model that the first second made goes on: a fresh one would not know within one window.
            let forecasts = lines.filter {
                $0["type"] as? String == "forecast" && $0["cgroup"] as? String == cgroup.path
                    && $0["resource"] as? String == "cpu" && $0["horizon_s"] as? Double == 1
            }
            let times = forecasts.compactMap { $0["time_s"] as? Double }
            #expect(times == ends.filter { times.contains($0) } && times.count >= ends.count - 1, "forecasts paused")
            let replay = try scratch.start(["replay", scratch.path("recording"), "--json"], output: "replayed")
            #expect(replay.exitCode == 0, "\(scratch.errors)")
            #expect(try scratch.engineLines("replayed") == scratch.engineLines())
        }
    }
}
