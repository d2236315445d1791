import Foundation
import Glibc
import Probes
import Testing

extension KernelSuite {
    /// Limits that the agent sets on real cgroups, and what is left of them.
    @Suite struct EnforcementTests {
        private static let hasControllers = Host.has("cpu") && Host.has("memory")

        /// Starts an agent that limits `cgroup` after two seconds of forecasts.
        private func start(
            _ scratch: Scratch, _ cgroup: TestCgroup, more: [String] = []
        ) throws -> ChildProcess {
            let settings = """
                sampling: {interval: 200ms}
                forecast: {horizons: [2s]}
                plan: {lead: 2s, cpu: {chunk: 0.05}, memory: {chunk: 1MiB}}
                enforce:
                  enabled: true
                  cgroups: ["\(cgroup.path)"]
                  warmup: 2s
                output: {log_level: info}
                """
            try Data(settings.utf8).write(
                to: URL(fileURLWithPath: scratch.path("settings.yaml")))
            return try scratch.start(
                ["run", "--json", "--config", scratch.path("settings.yaml")] + more)
        }

        private func text(_ cgroup: TestCgroup, _ file: String) throws -> String {
            try TextFile.read("\(cgroup.directory)/\(file)").trimmingCharacters(in: .newlines)
        }

        /// Until both limits are set; half a core of load and its memory stay.
        private func waitForLimits(
            _ cgroup: TestCgroup, _ scratch: Scratch, seconds: Int = 60
        ) throws {
            for _ in 0..<seconds * 10 * min(Host.scale, 2) {
                if try text(cgroup, "cpu.max") != "max 100000",
                    try text(cgroup, "memory.high") != "max"
                {
                    return
                }
                usleep(100_000)
            }
            throw TestFailure("no limits were set: \(scratch.errors)")
        }

        /// One task: on a starved emulated CPU a shell and its `sleep` would use all that there is, where no
        /// limit is of use.
        private func startLoad(_ cgroup: TestCgroup) throws -> ChildProcess {
            try ChildProcess(
                shell: "exec 3<> <(:); while :; do for i in {1..2000}; do :; done; read -rt 0.02 -u 3; done",
                in: cgroup)
        }

        @Test(.enabled(if: hasControllers, "no cpu and memory controllers on the v2 tree"))
        func limitsAreSetWithinUseAndNodeAndPutBackAtTheEnd() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("enforced"))
            let other = try TestCgroup(TestCgroup.uniqueName("others"))
            try TestCgroup.write("900", to: cgroup.directory + "/cpu.weight")
            try TestCgroup.write("4096000", to: cgroup.directory + "/memory.low")
            let load = try startLoad(cgroup)
            defer { load.stop(SIGKILL) }
            let agent = try start(scratch, cgroup)
            try waitForLimits(cgroup, scratch)
            let quota = try #require(Double(try text(cgroup, "cpu.max").prefix { $0.isNumber }))
            let high = try #require(cgroup.number("memory.high"))
            let current = try #require(cgroup.number("memory.current"))
            // A task that sleeps cannot use more than one CPU; the node has two at least. On an
            // emulated CPU a shell and its `sleep` run beside each other for whole windows.
            #expect(quota > 1_000 && quota < (Host.scale > 1 ? 2.5 : 1.6) * 100_000, "\(quota)")
            #expect(high > current && high < current * 3 + 16 << 20, "\(high) of \(current)")
            #expect(try text(cgroup, "memory.max") == "max")
            #expect(try text(cgroup, "cpu.weight") == "900")
            #expect(try text(other, "cpu.max") == "max 100000")
            // The kernel's stop is no word about the load: it must not be stopped for long.
            let throttled = cgroup.number("throttled_usec", of: "cpu.stat") ?? 0
            usleep(3_000_000)
            let later = cgroup.number("throttled_usec", of: "cpu.stat") ?? 0
            #expect(Host.scale > 1 || later - throttled < 300_000, "\(later - throttled) us in 3 s")
            #expect(agent.stop(SIGTERM) == 0, "\(scratch.errors)")
            #expect(try text(cgroup, "cpu.max") == "max 100000")
            #expect(try text(cgroup, "memory.high") == "max")
            #expect(try text(cgroup, "memory.low") == "4096000")
            #expect(unsafe access(scratch.runtime + "/limits", F_OK) != 0, "a journal is left")
            let lines = try scratch.lines()
            #expect(
                lines.contains {
                    $0["type"] as? String == "request" && $0["provider"] as? String == "cgroup"
                        && $0["pool"] as? String == cgroup.path
                })
            #expect(lines.contains { $0["type"] as? String == "plan" && $0["pool"] as? String == cgroup.path })
        }

        @Test(.enabled(if: hasControllers, "no cpu and memory controllers on the v2 tree"))
        func whatAKilledAgentLeftIsPutBackByTheNextStart() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("killed"))
            let load = try startLoad(cgroup)
            defer { load.stop(SIGKILL) }
            let agent = try start(scratch, cgroup)
            try waitForLimits(cgroup, scratch)
            agent.stop(SIGKILL)
            #expect(try text(cgroup, "cpu.max") != "max 100000")
            let next = try scratch.start(["run", "--json", "--duration", "1"])
            #expect(next.exitCode == 0)
            #expect(scratch.errors.contains("limits that an earlier run left: 3 put back"), "\(scratch.errors)")
            #expect(try text(cgroup, "cpu.max") == "max 100000")
            #expect(try text(cgroup, "memory.high") == "max")
            #expect(try text(cgroup, "memory.low") == "0")
        }

        @Test(.enabled(if: !hasControllers, "the v2 tree has its controllers"))
        func withoutControllersItSaysSoAndObserves() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("observed"))
            let agent = try start(scratch, cgroup, more: ["--duration", "2"])
            #expect(agent.exitCode == 0, "\(scratch.errors)")
            #expect(scratch.errors.contains("so they are only observed"), "\(scratch.errors)")
            #expect(try scratch.lines().contains { $0["type"] as? String == "window" })
        }
    }
}
