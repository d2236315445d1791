import Foundation
import Glibc
import Probes
import Testing

extension KernelSuite {
    /// `headroom demo` on the real tree: what it says it uses, what the agent sees, what it leaves.
    @Suite struct DemoTests {
        /// A demo of the test's own.
        private final class Running {
            let name = TestCgroup.uniqueName("demo").lowercased()
            let scratch: Scratch
            var process: ChildProcess
            var directory: String { "\(Host.cgroupRoot)/\(name)" }

            init(_ scratch: Scratch, _ arguments: [String]) throws {
                self.scratch = scratch
                process = try Self.start(scratch, name, arguments)
            }

            static func start(_ scratch: Scratch, _ name: String, _ arguments: [String]) throws -> ChildProcess {
                try scratch.start(
                    ["demo", "--parent", name, "--directory", scratch.directory, "--json"] + arguments,
                    output: "demo")
            }

            /// Waits until it has said what runs where; its workloads' cgroups.
            func workloads() throws -> [[String: Any]] {
                for _ in 0..<400 * Host.scale {
                    usleep(50_000)
                    let lines = try scratch.lines("demo").filter { $0["type"] as? String == "workload" }
                    if !lines.isEmpty { return lines }
                    if process.hasEnded { break }
                }
                throw TestFailure("the demo did not come up: \(scratch.errors)")
            }

            var processes: [pid_t] {
                guard let tree = FileManager.default.enumerator(atPath: directory) else { return [] }
                let files = tree.compactMap { $0 as? String }.filter { $0.hasSuffix("cgroup.procs") }
                return files.flatMap { file in
                    ((try? TextFile.read("\(directory)/\(file)")) ?? "").split(separator: "\n")
                        .compactMap { pid_t($0) }
                }
            }

            var isGone: Bool { unsafe access(directory, F_OK) != 0 }

            deinit {
                process.stop(SIGTERM)
                for pid in processes { kill(pid, SIGKILL) }
            }
        }

        /// Each cgroup's windows cover what cpu.stat grew by between two readings within the agent's
        /// run, and no more than it grew by around it.
        @Test func theAgentSeesWhatTheDemoUses() throws {
            let scratch = try Scratch()
            let demo = try Running(scratch, ["--cores", "0.5", "--duration", "10m", "--day", "10"])
            let workloads = try demo.workloads()
            #expect(workloads.count >= 7)
            let paths = workloads.compactMap { $0["cgroup"] as? String } + ["/" + demo.name]
            func readings() throws -> [Double] {
                try paths.map { path in
                    let text = try TextFile.read("\(Host.cgroupRoot)\(path)/cpu.stat")
                    let line = text.split(separator: "\n").first { $0.hasPrefix("usage_usec ") }
                    return (line.flatMap { Double($0.dropFirst(11)) } ?? .nan) * 1000
                }
            }
            let before = try readings()
            let agent = try scratch.start(["run", "--json", "--interval", "0.5"])
            _ = try scratch.kernelObjects()
            let inner = try readings()
            let clock = MonotonicClock.now()
            usleep(5_000_000)
            let innerEnd = try readings()
            let seconds = Double(MonotonicClock.now() - clock) / 1e9
            // One window more, so that the last reading is covered.
            usleep(1_500_000 * UInt32(Host.scale))
            #expect(agent.stop(SIGINT) == 0, "\(scratch.errors)")
            let after = try readings()
            let windows = try scratch.lines().filter { $0["type"] as? String == "window" }
            for (index, path) in paths.enumerated() {
                let seen = windows.filter { $0["cgroup"] as? String == path }
                    .reduce(0) { $0 + ($1["cpu_usage_ns"] as? Double ?? .nan) }
                // The kernel's file is in microseconds.
                #expect(seen >= (innerEnd[index] - inner[index]) - 2_000, "\(path): \(seen)")
                #expect(seen <= (after[index] - before[index]) + 2_000, "\(path): \(seen)")
            }
            // Bounded, whatever else the host does.
            let used = (innerEnd[paths.count - 1] - inner[paths.count - 1]) / 1e9
            #expect(used > 0)
            // An emulated CPU takes as long again for what is beside the pacing.
            #expect(used <= 0.5 * seconds * (Host.scale > 1 ? 4 : 1.25), "\(used) s of CPU in \(seconds) s")
            let memory =
                windows.filter { $0["cgroup"] as? String == "/" + demo.name }
                .compactMap { $0["memory_bytes"] as? Double }.max() ?? .nan
            #expect(memory > 0 && memory <= 512 * 1_048_576 * (Host.has("memory") ? 1 : 1.1), "\(memory)")
            // Traffic, and who a container is.
            let sent = windows.filter { $0["cgroup"] as? String == "/\(demo.name)/backend.service" }
                .reduce(0) { $0 + ($1["net_tx_bytes"] as? Double ?? 0) }
            #expect(sent > 0)
            let identities = windows.compactMap { $0["identity"] as? [String: Any] }.compactMap { $0["kind"] as? String }
            #expect(Set(identities).isSuperset(of: ["docker", "kubernetes_container"]), "\(Set(identities))")
        }

        @Test(arguments: [SIGINT, SIGTERM])
        func nothingIsLeftAfterASignal(signal: Int32) throws {
            let scratch = try Scratch()
            let demo = try Running(scratch, ["--cores", "0.2", "--day", "10"])
            let workloads = try demo.workloads()
            let processes = demo.processes
            #expect(processes.count >= workloads.count)
            for pid in processes {
                // It enters its cgroup as root and is somebody else a moment later.
                var isNobody = false
                for _ in 0..<100 * Host.scale where !isNobody {
                    isNobody = try TextFile.read("/proc/\(pid)/status").contains("Uid:\t65534\t65534\t65534\t65534")
                    if !isNobody { usleep(20_000) }
                }
                #expect(isNobody, "\(pid) runs as somebody else")
                #expect(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(pid)) == 10)
            }
            #expect(demo.process.stop(signal) == 0, "\(scratch.errors)")
            #expect(demo.isGone)
            #expect(processes.allSatisfy { kill($0, 0) != 0 })
            let used = try scratch.lines("demo").filter { $0["type"] as? String == "used" }
            #expect(used.count == workloads.count)
            #expect(used.allSatisfy { ($0["cpu_s"] as? Double ?? -1) >= 0 })
            // Its file has no name.
            let files = try FileManager.default.contentsOfDirectory(atPath: scratch.directory)
            #expect(Set(files).isSubset(of: ["demo", "errors"]), "\(files)")
        }

        @Test func whatAKilledDemoLeftGoesAtTheNextStart() throws {
            let scratch = try Scratch()
            let demo = try Running(scratch, ["--cores", "0.2"])
            _ = try demo.workloads()
            let processes = demo.processes
            #expect(!processes.isEmpty)
            demo.process.stop(SIGKILL)
            // They end with it; nobody is left to wait for them but init.
            for _ in 0..<100 * Host.scale where !demo.processes.isEmpty { usleep(50_000) }
            #expect(demo.processes.isEmpty)
            #expect(!demo.isGone, "there is nobody to remove them")
            demo.process = try Running.start(scratch, demo.name, ["--cores", "0.2", "--duration", "2"])
            #expect(demo.process.exitCode == 0, "\(scratch.errors)")
            #expect(scratch.errors.contains("removed what an earlier demo left in /\(demo.name)"))
            #expect(demo.isGone)
        }

        @Test func aDemoThatRunsAndCgroupsOfOthersAreLeftAlone() throws {
            let scratch = try Scratch()
            let demo = try Running(scratch, ["--cores", "0.2"])
            _ = try demo.workloads()
            let processes = Set(demo.processes)
            let second = try scratch.start(["demo", "--parent", demo.name], output: "second")
            #expect(second.exitCode == 1)
            #expect(scratch.errors.contains("as process \(demo.process.pid)"), "\(scratch.errors)")
            #expect(Set(demo.processes) == processes)
            #expect(demo.process.stop(SIGINT) == 0)

            let foreign = try TestCgroup(TestCgroup.uniqueName("foreign").lowercased())
            let third = try scratch.start(["demo", "--parent", String(foreign.path.dropFirst())], output: "third")
            #expect(third.exitCode == 1)
            #expect(scratch.errors.contains("is not the demo's"), "\(scratch.errors)")
            #expect(unsafe access(foreign.directory, F_OK) == 0)
        }

        @Test func aProcessThatEndsEarlyIsTold() throws {
            let scratch = try Scratch()
            let demo = try Running(scratch, ["--cores", "0.2", "--duration", "6"])
            _ = try demo.workloads()
            let victim = try #require(
                (try TextFile.read("\(demo.directory)/web.service/cgroup.procs")).split(separator: "\n").first)
            kill(try #require(pid_t(victim)), SIGKILL)
            #expect(demo.process.exitCode == 1)
            #expect(scratch.errors.contains("web.service: ended by signal 9"), "\(scratch.errors)")
            #expect(demo.isGone)
        }

        @Test(.enabled(if: Host.has("cpu"))) func theCappedOneIsThrottled() throws {
            let scratch = try Scratch()
            try TestCgroup.delegate(Host.cgroupRoot)
            let demo = try Running(scratch, ["--cores", "0.5", "--day", "10"])
            _ = try demo.workloads()
            var throttled: UInt64 = 0
            for _ in 0..<100 * Host.scale where throttled == 0 {
                usleep(100_000)
                let text = try TextFile.read("\(demo.directory)/capped.service/cpu.stat")
                let line = text.split(separator: "\n").first { $0.hasPrefix("nr_throttled ") }
                throttled = line.flatMap { UInt64($0.dropFirst(13)) } ?? 0
            }
            #expect(throttled > 0)
            #expect(demo.process.stop(SIGINT) == 0)
        }

        @Test func withoutRootItIsCode4() throws {
            let scratch = try Scratch()
            let process = try scratch.startAsNobody(["demo"])
            #expect(process.exitCode == 4)
            #expect(scratch.errors.contains("sudo"), "\(scratch.errors)")
        }

        @Test(
            arguments: [
                (["--cores", "0"], 2, "is not within"), (["--cores", "1000"], 3, "is more than the"),
                (["--memory", "1MiB"], 2, "256MiB"), (["--memory", "512"], 2, "expected a size such as 256MiB"),
                (["--duration", "0"], 2, "is not within"), (["--day", "1"], 2, "is not within"),
                (["--parent", "../x"], 2, "is no name"), (["--parent", ""], 2, "is no name"),
                (["--directory", "tmp"], 2, "expected a path, or none"),
                (["--directory", "/nowhere"], 1, "open /nowhere"), (["--seed", "-1"], 2, "--seed"),
            ] as [([String], Int32, String)])
        func whatCannotBeIsRefused(arguments: [String], code: Int32, words: String) throws {
            let scratch = try Scratch()
            let name = TestCgroup.uniqueName("refused").lowercased()
            let parent = arguments.contains("--parent") ? [] : ["--parent", name]
            let bound = arguments.contains("--duration") ? [] : ["--duration", "1"]
            let process = try scratch.start(["demo"] + bound + arguments + parent)
            #expect(process.exitCode == code, "\(scratch.errors)")
            #expect(scratch.errors.contains(words), "\(scratch.errors)")
            #expect(unsafe access("\(Host.cgroupRoot)/\(name)", F_OK) != 0)
        }
    }

    /// What `run` says to a person at a terminal, and to nobody else.
    @Suite struct GreetingTests {
        /// util-linux's script gives a command a terminal.
        private static let script: String? = ["/usr/bin/script"].first { unsafe access($0, X_OK) == 0 }

        private func onATerminal(_ arguments: String, _ scratch: Scratch) throws -> [String] {
            let script = try #require(Self.script)
            let command = "stty cols 120 rows 30; TERM=xterm '\(Host.command)' run \(arguments)"
            let run = try ChildProcess(
                [script, "-qec", command, "/dev/null"],
                environment: [
                    "HEADROOM_RUNTIME_DIRECTORY=\(scratch.runtime)", "HEADROOM_STATE_DIRECTORY=\(scratch.path("state"))",
                    "PATH=/usr/bin:/bin", "NO_COLOR=1",
                ],
                output: scratch.path("typescript"))
            #expect(run.exitCode == 0)
            return try scratch.text("typescript").split(separator: "\r\n", omittingEmptySubsequences: false)
                .map(String.init)
        }

        @Test(.enabled(if: GreetingTests.script != nil, "needs util-linux's script"))
        func aPersonIsToldWhatWasFoundAndWhatIsLeft() throws {
            let scratch = try Scratch()
            let lines = try onATerminal("--lines --duration 2", scratch)
            let end = try #require(lines.firstIndex { $0.contains("headroom demo makes some load") })
            let start = try #require(lines.firstIndex { $0.hasPrefix("headroom 0.1.0 on ") })
            #expect(end - start < 12)
            let greeting = lines[start...end].joined(separator: "\n")
            for words in [
                "kernel \(try TextFile.read("/proc/sys/kernel/osrelease").dropLast())", "changes nothing on this host",
                "metrics", scratch.path("state"), "\(scratch.runtime)/headroom.sock http://localhost/metrics",
                "headroom forecast · plan",
            ] { #expect(greeting.contains(words), "\(words): \(greeting)") }
            #expect(greeting.contains("no throttling:") == !Host.has("cpu"))
            #expect(lines.contains { $0.contains("nothing of it stays in the kernel") })
            #expect(lines.contains { $0.contains("the next start goes on from there") })
        }

        /// The greeting is on the plain screen, before the view's own and after it.
        @Test(.enabled(if: GreetingTests.script != nil, "needs util-linux's script"))
        func theViewComesAfterTheGreetingAndGivesTheScreenBack() throws {
            let scratch = try Scratch()
            let text = try onATerminal("--duration \(6 * Host.scale)", scratch).joined(separator: "\n")
            let greeting = try #require(text.range(of: "changes nothing on this host"))
            let taken = try #require(text.range(of: "\u{1b}[?1049h"))
            let given = try #require(text.range(of: "\u{1b}[?1049l", options: .backwards))
            let farewell = try #require(text.range(of: "nothing of it stays in the kernel"))
            #expect(greeting.upperBound < taken.lowerBound)
            #expect(taken.upperBound < given.lowerBound)
            #expect(given.upperBound < farewell.lowerBound)
        }

        @Test(.enabled(if: GreetingTests.script != nil, "needs util-linux's script"))
        func quietIsQuiet() throws {
            let scratch = try Scratch()
            for arguments in ["--quiet --lines --duration 1", "--json --duration 1"] {
                let text = try onATerminal(arguments, scratch).joined()
                #expect(!text.contains("changes nothing on this host") && !text.contains("nothing of it stays"))
            }
            let agent = try scratch.start(["run", "--lines", "--duration", "1"])
            #expect(agent.exitCode == 0)
            #expect(!scratch.errors.contains("changes nothing"), "no terminal, no greeting")
        }
    }
}
