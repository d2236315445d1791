import Confinement
import Foundation
import Glibc
import Probes
import Testing

extension KernelSuite {
    /// What a running agent may still do, as the kernel tells it.
    @Suite struct PrivilegeTests {
        /// The user of the tests' agents: needs no entry in /etc/passwd.
        private static let uid: UInt32 = 61_234

        private func configure(_ scratch: Scratch, _ security: String, _ more: String = "") throws
            -> [String]
        {
            let text = """
                sampling: {interval: 200ms}
                forecast: {horizons: [1s, 2s]}
                state: {interval: 1s}
                security: \(security)
                \(more)
                """
            try Data(text.utf8).write(to: URL(fileURLWithPath: scratch.path("headroom.yaml")))
            return ["run", "--json", "--config", scratch.path("headroom.yaml")]
        }

        private func status(_ pid: pid_t) throws -> ProcessStatus {
            try #require(ProcessStatus(process: "\(pid)"), "process \(pid) is gone")
        }

        private func helper(of scratch: Scratch) throws -> pid_t {
            let text = try String(contentsOfFile: scratch.runtime + "/security", encoding: .utf8)
            let match = try #require(text.firstMatch(of: /(?m)^helper\t([0-9]+)$/), "\(text)")
            return try #require(pid_t(String(match.1)))
        }

        private func wait(_ what: String, _ scratch: Scratch, until isSo: () throws -> Bool) throws {
            guard try !comesTrue(within: 10 * Host.scale, isSo) else { return }
            throw TestFailure("not \(what): \(scratch.errors.suffix(2_000))")
        }

        /// Every thread of a process, since rights are a thread's.
        private func threads(_ pid: pid_t) throws -> [ProcessStatus] {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").compactMap {
                ProcessStatus(process: "\(pid)/task/\($0)")
            }
        }

        @Test func byDefaultTheAgentStaysRootWithoutAnyRight() throws {
            let scratch = try Scratch()
            let agent = try scratch.start(try configure(scratch, "{}"))
            _ = try scratch.kernelObjects()
            let all = try threads(agent.pid)
            #expect(all.count >= 3, "agent, telemetry and history have a thread each")
            for thread in all {
                #expect(thread.users == [0, 0, 0, 0])
                #expect(thread.effective.isEmpty || !Host.bpfIsFree, "\(thread.effective)")
                #expect(thread.permitted == thread.effective && thread.ambient.isEmpty)
                #expect(thread.gainsNothing)
                #expect(thread.callFilter == .filter)
            }
            let helper = try status(try helper(of: scratch))
            #expect(
                helper.effective.subtracting([.sysAdmin, .netAdmin]).isEmpty,
                "\(helper.effective)"
            )
            #expect(helper.gainsNothing)
            #expect(agent.stop(SIGTERM) == 0, "\(scratch.errors)")
            #expect(unsafe access(scratch.runtime, F_OK) != 0, "\(scratch.runtime) is still there")
        }

        /// Samples, checkpoints, history, metrics and a reload as another user; then the next start, as root.
        @Test func asAnotherUserItGoesOnAndRootReadsWhatItLeft() throws {
            let scratch = try Scratch()
            unsafe chmod(scratch.directory, 0o755)
            let arguments = try configure(scratch, "{user: \"\(Self.uid)\"}", "plan: {lead: 1s}")
            let agent = try scratch.start(
                ["-u", "NOTIFY_SOCKET", "/usr/bin/setsid", Host.command] + arguments,
                binary: "/usr/bin/env"
            )
            _ = try scratch.kernelObjects()
            for thread in try threads(agent.pid) {
                #expect(thread.users == Array(repeating: Self.uid, count: 4))
                #expect(thread.groups == Array(repeating: Self.uid, count: 4))
                #expect(thread.effective.isEmpty || !Host.bpfIsFree, "\(thread.effective)")
            }
            try wait("a checkpoint", scratch) {
                unsafe access(scratch.path("state/forecasts"), F_OK) == 0
            }
            if unsafe access("/usr/bin/curl", X_OK) == 0 {
                let metrics = try ChildProcess(
                    [
                        "/usr/bin/curl", "-s", "--unix-socket", scratch.runtime + "/headroom.sock",
                        "http://localhost/metrics",
                    ], output: scratch.path("metrics"))
                #expect(metrics.exitCode == 0)
                #expect(
                    try scratch.text("metrics").contains(
                        "headroom_losses_total{cause=\"call_refused\"} 0"))
            } else {
                print("SKIPPED a part of a kernel test: no curl to ask for metrics")
            }
            _ = try configure(scratch, "{user: \"\(Self.uid)\"}", "plan: {lead: 2s}")
            agent.signal(SIGHUP)
            try wait("reloaded", scratch) {
                scratch.errors.contains("the configuration was read again: plan.lead")
            }
            let doctor = try scratch.start(["doctor", "--security", "--json"], output: "doctor")
            #expect(doctor.exitCode == 0, "\(scratch.errors)")
            let told = try scratch.lines("doctor")
            func found(_ name: String) -> [String] {
                told.filter { $0["name"] as? String == name }.compactMap { $0["found"] as? String }
            }
            #expect(found("user") == ["\(Self.uid):\(Self.uid)", "0:0"])
            #expect(found("seccomp") == ["filter"])
            #expect(found("writes").contains(scratch.path("state")) || FileRules.version == 0)
            #expect(agent.stop(SIGTERM) == 0, "\(scratch.errors)")
            #expect(unsafe access(scratch.runtime, F_OK) != 0, "\(scratch.runtime) is still there")
            let windows = try scratch.lines().filter {
                $0["type"] as? String == "window" && $0["cgroup"] as? String == "/"
            }
            #expect(windows.count > 2)

            var facts = stat()
            #expect(
                unsafe stat(scratch.path("state/forecasts"), &facts) == 0
                    && facts.st_uid == Self.uid
            )
            let next = try scratch.start(
                try configure(scratch, "{}", "plan: {lead: 2s}") + ["--duration", "1"]
            )
            #expect(next.exitCode == 0)
            #expect(
                !scratch.errors.contains("anew") && !scratch.errors.contains("cannot be read"),
                "\(scratch.errors)"
            )
            let history = try scratch.start(["history", "--json"], output: "history")
            #expect(history.exitCode == 0, "\(scratch.errors)")
        }

        /// What takes a right that was given up is told once, and the rest of the file counts.
        @Test func aBudgetThatComesLaterSaysWhatItIsWithout() throws {
            let scratch = try Scratch()
            let agent = try scratch.start(
                ["/usr/bin/setsid", Host.command] + configure(scratch, "{}", "overhead: {budget_percent: 0}"),
                binary: "/usr/bin/env")
            _ = try scratch.kernelObjects()
            for said in ["overhead.budget_percent", "plan.lead"] {
                _ = try configure(
                    scratch, "{}", "overhead: {budget_percent: 50}\nplan: {lead: \(said == "plan.lead" ? "2s" : "5m")}")
                agent.signal(SIGHUP)
                try wait("reloaded", scratch) { scratch.errors.contains("the configuration was read again: \(said)") }
            }
            #expect(agent.stop(SIGTERM) == 0, "\(scratch.errors)")
            let told = scratch.errors.ranges(of: "what probes take is counted from the next start on").count
            #expect(told == 1 && scratch.errors.contains("gave up CAP_SYS_ADMIN"), "\(scratch.errors)")
        }

        /// Killed as another user, it leaves a directory that is not root's alone; root starts in it all the same.
        @Test func whatAKilledAgentOfAnotherUserLeftDoesNotStopTheNext() throws {
            let scratch = try Scratch()
            let arguments = try configure(scratch, "{user: \"\(Self.uid)\"}")
            let agent = try scratch.start(arguments)
            _ = try scratch.kernelObjects()
            let helper = try helper(of: scratch)
            agent.stop(SIGKILL)
            try wait("the helper's end", scratch) { kill(helper, 0) != 0 }
            let next = try scratch.start(arguments + ["--duration", "1"])
            #expect(next.exitCode == 0, "\(scratch.errors)")
        }

        @Test func aCallThatIsNotAllowedIsRefusedAndCounted() throws {
            let scratch = try Scratch()
            let arguments = try configure(scratch, "{}") + ["--duration", "2"]
            let agent = try scratch.start(
                ["HEADROOM_SECCOMP=try", Host.command] + arguments,
                binary: "/usr/bin/env"
            )
            #expect(agent.exitCode == 0, "\(scratch.errors)")
            #expect(
                scratch.errors.contains(
                    "a system call that the agent is not to make was refused: number"
                ),
                "\(scratch.errors)"
            )
            let losses = try scratch.lines().filter { $0["cause"] as? String == "call_refused" }
            #expect(losses.compactMap { $0["total"] as? Double } == [1])
        }

        @Test func whereItIsFatalItEndsTheAgent() throws {
            let scratch = try Scratch()
            let arguments = try configure(scratch, "{}") + ["--duration", "2"]
            let agent = try scratch.start(
                ["HEADROOM_SECCOMP=kill,try", Host.command] + arguments,
                binary: "/usr/bin/env"
            )
            #expect(agent.exitCode == -SIGSYS)
        }

        @Test(.enabled(if: FileRules.version > 0, "this kernel has no Landlock"))
        func filesThatAreNotItsOwnAreOutOfReach() throws {
            let scratch = try Scratch()
            let elsewhere = try Scratch()
            // Root owns both; only one is in a directory that the agent read at its start.
            for folder in [scratch, elsewhere] {
                try Data("5\n".utf8).write(to: URL(fileURLWithPath: folder.path("rate")))
            }
            func hints(_ folder: Scratch) -> String {
                "hints: {rates: [{file: \(folder.path("rate"))}]}"
            }
            let arguments = try configure(scratch, "{}", hints(scratch))
            let agent = try scratch.start(
                ["/usr/bin/setsid", Host.command] + arguments,
                binary: "/usr/bin/env"
            )
            _ = try scratch.kernelObjects()
            usleep(500_000)
            #expect(!scratch.errors.contains("Permission denied"), "\(scratch.errors)")
            _ = try configure(scratch, "{}", hints(elsewhere))
            agent.signal(SIGHUP)
            try wait("refused", scratch) {
                scratch.errors.contains(elsewhere.path("rate"))
                    && scratch.errors.contains("Permission denied")
            }
            #expect(agent.stop(SIGTERM) == 0)
        }

        @Test func withoutTheHelperTheAgentEndsAndSaysWhy() throws {
            let scratch = try Scratch()
            let agent = try scratch.start(
                try configure(scratch, "{}", "overhead: {budget_percent: 50}")
            )
            _ = try scratch.kernelObjects()
            kill(try helper(of: scratch), SIGKILL)
            try wait("ended", scratch) { agent.hasEnded }
            #expect(agent.exitCode == 1)
            #expect(
                scratch.errors.contains("the helper that holds the rights has ended"),
                "\(scratch.errors)"
            )
        }

        @Test func whoWantsToKeepEverythingDoes() throws {
            let scratch = try Scratch()
            let agent = try scratch.start(try configure(scratch, "{confine: false}"))
            _ = try scratch.kernelObjects()
            #expect(try status(agent.pid).effective == ProcessStatus.own?.effective)
            #expect(agent.stop(SIGTERM) == 0, "\(scratch.errors)")
        }

        @Test func aUserThatIsNotThereEndsTheStart() throws {
            let scratch = try Scratch()
            let agent = try scratch.start(try configure(scratch, "{user: no-one-here}"))
            #expect(agent.exitCode == 3)
            #expect(
                scratch.errors.contains("security.user: /etc/passwd has no user \"no-one-here\""),
                "\(scratch.errors)"
            )
        }
    }
}
