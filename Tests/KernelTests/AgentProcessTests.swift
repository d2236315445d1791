import Agent
import Foundation
import Glibc
import Probes
import Testing

extension KernelSuite {
    /// The command as people run it.
    @Suite struct AgentProcessTests {
        @Test func jsonRunSpeaksTheContractAndLeavesNothing() throws {
            let scratch = try Scratch()
            let agent = try scratch.start(["run", "--json", "--duration", "3"])
            #expect(agent.exitCode == 0, "\(scratch.errors)")
            let lines = try scratch.lines()
            for type in ["window", "forecast", "plan", "request", "self", "event"] {
                #expect(lines.contains { $0["type"] as? String == type }, "no \(type) line")
            }
            let window = try #require(lines.first { $0["type"] as? String == "window" })
            for field in [
                "cgroup", "cgroup_id", "cpu_cores", "memory_bytes", "net_rx_bytes_per_s",
                "net_tx_bytes_per_s", "disk_read_bytes_per_s", "disk_write_bytes_per_s", "coverage",
            ] {
                #expect(window[field] != nil, "no \(field) in a window")
            }
            #expect(unsafe access(scratch.runtime, F_OK) != 0, "\(scratch.runtime) is still there")
        }

        @Test func whatIsSwitchedOffIsNullNotZero() throws {
            let scratch = try Scratch()
            let agent = try scratch.start([
                "run", "--json", "--no-network", "--no-run-queue-delay", "--duration", "2",
            ])
            #expect(agent.exitCode == 0, "\(scratch.errors)")
            let windows = try scratch.lines().filter { $0["type"] as? String == "window" }
            let window = try #require(windows.last)
            for field in ["net_rx_bytes", "net_tx_bytes_per_s", "run_queue_delay_ns"] {
                #expect(window[field] is NSNull, "\(field) is \(String(describing: window[field]))")
            }
            #expect(window["disk_read_bytes"] is NSNumber)
        }

        /// Two applications in a pool, one that is in none: the pool's demand is the sum of their
        /// windows, and over the run that of their cpu.stat; and it is ready for a batch that only
        /// the configuration knows of.
        /// What other prices would change is told of the node and of each pool.
        @Test func aRunningAgentSaysWhatIf() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("whatif"))
            let load = try ChildProcess(shell: "while :; do for i in {1..2000}; do :; done; sleep 0.01; done", in: cgroup)
            defer { load.stop(SIGKILL) }
            let configuration = """
                sampling: {interval: 500ms}
                forecast: {horizons: [2s]}
                plan: {lead: 2s, resources: [cpu], cpu: {hold_price: 0.036, short_price: 1e-4}}
                pools: [{name: web, cgroups: ["\(cgroup.path)"], cpu: {short_price: 1e-3}}]
                hints: {rates: [{file: \(scratch.path("rate")), pool: web, stale_after: 1d}]}
                """
            try "120\n5m 300\n".write(
                toFile: scratch.path("rate"), atomically: true, encoding: .utf8)
            try configuration.write(
                toFile: scratch.path("headroom.yaml"), atomically: true, encoding: .utf8)
            let agent = try scratch.start(["run", "--json", "--config", scratch.path("headroom.yaml")])
            _ = try scratch.kernelObjects()
            var answers: [[String: Any]] = []
            for _ in 0..<40 * Host.scale where !answers.contains(where: { $0["present"] != nil }) {
                usleep(500_000)
                let command = try scratch.start(
                    ["plan", "--json", "--what-if", "cpu.short-price=0.01"], output: "answer")
                #expect(command.exitCode == 0, "\(scratch.errors)")
                answers = try scratch.lines("answer").filter { $0["pool"] as? String == "web" }
            }
            let web = try #require(answers.first)
            let present = try #require(web["present"] as? [String: Any])
            let changed = try #require(web["changed"] as? [String: Any])
            func number(_ side: [String: Any], _ key: String) -> Double { side[key] as? Double ?? .nan }
            #expect((number(present, "cost_ratio") - 100).magnitude < 1e-6)
            #expect((number(changed, "cost_ratio") - 1_000).magnitude < 1e-6)
            #expect(number(changed, "target") >= number(present, "target"))
            #expect((number(changed, "cost_per_hour") - 0.036 * number(changed, "cost")).magnitude < 1e-9)
            let text = try scratch.start(
                ["plan", "--what-if", "cost-ratio=3", "--requests", "0"], output: "text")
            #expect(text.exitCode == 0)
            #expect(try scratch.text("text").contains("pool web: cpu, cost ratio 100 -> 3.0\n"))
            #expect(try scratch.text("text").contains("  cost an hour  "))
            #expect(agent.stop(SIGINT) == 0, "\(scratch.errors)")
            let plans = try scratch.lines().filter {
                $0["type"] as? String == "plan" && $0["pool"] as? String == "web"
            }
            let rates = plans.compactMap { ($0["requests"] as? [String: Any])?["rate"] as? Double }
            #expect(rates.count == plans.count && rates.allSatisfy { $0 == 120 })
        }

        @Test func aPoolIsTheSumOfItsApplications() throws {
            let scratch = try Scratch()
            let parent = try TestCgroup(TestCgroup.uniqueName("pool"))
            let names = ["web-1", "web-2", "db"]
            let cgroups = try names.map { try TestCgroup($0, in: parent.path) }
            let loads = try cgroups.map {
                try ChildProcess(
                    shell: "while :; do for i in 1 2 3 4 5 6 7 8; do :; done; sleep 0.01; done", in: $0)
            }
            let configuration = """
                forecast: {horizons: [2s, 10s]}
                plan:
                  lead: 2s
                  shapes: [{name: small, cpu: 0.25, memory: 64MiB, price: 0.1}]
                pools: [{name: web, cgroups: ["\(parent.path)/web-*"]}]
                hints: {schedule: [{at: "00:00", for: 1d, pool: web, cpu: 0.3}]}
                """
            try configuration.write(
                toFile: scratch.path("headroom.yaml"), atomically: true, encoding: .utf8)
            let before = try cgroups[..<2].reduce(UInt64(0)) { try $0 + $1.cpuUsageNanoseconds }
            let agent = try scratch.start([
                "run", "--json", "--interval", "0.5", "--duration", "6",
                "--config", scratch.path("headroom.yaml"),
            ])
            #expect(agent.exitCode == 0, "\(scratch.errors)")
            let after = try cgroups[..<2].reduce(UInt64(0)) { try $0 + $1.cpuUsageNanoseconds }
            for load in loads { load.stop(SIGKILL) }
            let lines = try scratch.lines()
            func number(_ line: [String: Any], _ key: String) -> Double { line[key] as? Double ?? .nan }
            func path(_ line: [String: Any]) -> String { line["cgroup"] as? String ?? "" }
            let windows = lines.filter { $0["type"] as? String == "window" }
            let plans = lines.filter {
                $0["type"] as? String == "plan" && $0["resource"] as? String == "cpu"
            }
            let web = plans.filter { $0["pool"] as? String == "web" }
            #expect(web.count >= 8, "\(web.count)")
            var seconds = 0.0
            for plan in web {
                let time = number(plan, "time_s")
                let now = windows.filter { number($0, "time_s") == time }
                let own = now.filter { path($0).hasPrefix(parent.path + "/web-") }
                #expect(own.count == 2)
                let sum = own.reduce(0) { $0 + number($1, "cpu_cores") }
                #expect((number(plan, "demand") - sum).magnitude < 1e-9)
                let root = try #require(now.first { path($0) == "/" })
                let rest = try #require(
                    plans.first { $0["pool"] as? String == "node" && number($0, "time_s") == time })
                let beyond = max(0, number(root, "cpu_cores") - sum)
                #expect((number(rest, "demand") - beyond).magnitude < 1e-9)
                seconds += sum * number(root, "duration_s")
            }
            // The kernel's account begins before the agent is up, which on emulated CPUs takes
            // longer than its run.
            let told = Double(after - before) / 1e9
            #expect(seconds > 0.01 * told && seconds < 1.05 * told, "\(seconds) of \(told)")
            let applications = try #require(web.last?["applications"] as? [[String: Any]])
            #expect(Set(applications.map { path($0) }) == Set(cgroups[..<2].map(\.path)))
            let requests = lines.filter { $0["type"] as? String == "request" && $0["pool"] as? String == "web" }
            #expect(!requests.isEmpty)
            for request in requests where request["resource"] as? String == "cpu" {
                let chunks = try #require(request["chunks"] as? [[String: Any]])
                let count = chunks.reduce(0) { $0 + number($1, "count") }
                #expect(number(request, "amount") == 0.25 * count)
            }
        }

        @Test func replayOfALiveRecordingGivesTheSameLines() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("replay"))
            let load = try ChildProcess(shell: "while :; do :; done", in: cgroup)
            let agent = try scratch.start([
                "run", "--json", "--interval", "0.2", "--duration", "4", "--horizon", "1,2",
                "--record", scratch.path("recording"),
            ])
            _ = try scratch.kernelObjects()
            usleep(1_000_000)
            let brief = try TestCgroup("brief", in: cgroup.path)
            usleep(500_000)
            brief.remove()
            #expect(agent.exitCode == 0, "\(scratch.errors)")
            load.stop(SIGKILL)
            let live = try scratch.engineLines()
            let replay = try scratch.start(
                ["replay", scratch.path("recording"), "--json"], output: "replayed")
            #expect(replay.exitCode == 0, "\(scratch.errors)")
            let replayed = try scratch.engineLines("replayed")
            #expect(live.count > 100)
            #expect(live == replayed)
            #expect(live.contains { $0.contains("\"type\":\"request\"") })
            #expect(live.contains { $0.contains("cgroup_removed") })
        }

        @Test func killedAgentLeaksNothingAndTheNextOneStarts() throws {
            let scratch = try Scratch()
            let first = try scratch.start(["run", "--json"])
            let objects = try scratch.kernelObjects()
            #expect(objects.maps.count > 5 && objects.programs.count > 5)
            first.stop(SIGKILL)
            // The kernel frees them a grace period later.
            for _ in 0..<50 where Self.areAlive(objects) { usleep(100_000) }
            #expect(!Self.areAlive(objects), "programs or maps outlived the agent")
            #expect(!TableAttachment.agentRuns(in: RuntimeDirectory(path: scratch.runtime)))

            let second = try scratch.start(["run", "--json"])
            _ = try scratch.kernelObjects()
            #expect(second.stop(SIGINT) == 0, "\(scratch.errors)")
            #expect(unsafe access(scratch.runtime, F_OK) != 0, "\(scratch.runtime) is still there")
        }

        @Test func onlyOneAgentRuns() throws {
            let scratch = try Scratch()
            let first = try scratch.start(["run", "--json"])
            _ = try scratch.kernelObjects()
            let second = try scratch.start(["run", "--json"], output: "second")
            #expect(second.exitCode == 1)
            #expect(scratch.errors.contains("an agent is running already"))
            first.stop(SIGTERM)
        }

        @Test func otherCommandsReadTheRunningAgent() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("shown"))
            let load = try ChildProcess(shell: "while :; do :; done", in: cgroup)
            defer { load.stop(SIGKILL) }
            let agent = try scratch.start(["run", "--json", "--interval", "0.2"])
            _ = try scratch.kernelObjects()
            usleep(1_000_000)
            for command in [
                ["top", "--json"], ["forecast", "--json"], ["forecast", "--cgroup", cgroup.path],
                ["top", "--once"], ["maps", "dump", "aggregates"],
                ["maps", "dump", "hr_cgroups", "--json"],
            ] {
                let viewer = try scratch.start(command, output: "view")
                #expect(viewer.exitCode == 0, "\(command): \(scratch.errors)")
                // A narrow view keeps the end of a path.
                #expect(try scratch.text("view").contains(cgroup.path.suffix(12)), "\(command)")
            }
            for (command, wanted) in [
                (["plan"], "ready"), (["plan", "--json"], "\"type\":\"request\""),
                (["maps"], "hr_net_slots"), (["maps", "--json"], "\"entries_used\""),
                (["maps", "losses", "--json"], "tick_skipped"),
                (["maps", "dump", "hr_cpu_slots"], "delay_ns"),
            ] {
                let viewer = try scratch.start(command, output: "view")
                #expect(viewer.exitCode == 0, "\(command): \(scratch.errors)")
                #expect(try scratch.text("view").contains(wanted), "\(command)")
            }
            #expect(agent.stop(SIGINT) == 0)
        }

        @Test func withoutAnAgentViewersSaySo() throws {
            let scratch = try Scratch()
            for command in [["top"], ["maps"], ["forecast"], ["plan"]] {
                let viewer = try scratch.start(command)
                #expect(viewer.exitCode == 1)
                #expect(scratch.errors.contains("no agent is running"))
            }
        }

        @Test func withoutRootTheMessageIsClearAndTheCodeIs4() throws {
            let scratch = try Scratch()
            for command in [["run"], ["doctor"], ["record", "x"]] {
                let process = try scratch.startAsNobody(command)
                #expect(process.exitCode == 4, "\(command): \(scratch.errors)")
                #expect(scratch.errors.contains("sudo"), "\(scratch.errors)")
            }
        }

        @Test(arguments: [
            ["bogus"], ["run", "--interval", "0"], ["run", "--quantile", "0.9,0.5"],
            ["run", "--plan", "gpu"], ["run", "--memory-chunk", "much"], ["top", "--sort", "x"],
        ])
        func wrongUsageIsCode2(arguments: [String]) throws {
            let scratch = try Scratch()
            let process = try scratch.start(arguments)
            #expect(process.exitCode == 2, "\(scratch.errors)")
            #expect(scratch.errors.contains("Error:"))
        }

        @Test func doctorFindsEverySourceOnThisHost() throws {
            let scratch = try Scratch()
            let doctor = try scratch.start(["doctor", "--json"])
            #expect(doctor.exitCode == 0, "\(scratch.errors)")
            let sources = try scratch.lines().filter { $0["type"] as? String == "source" }
            let metrics = sources.compactMap { $0["metric"] as? String }
            #expect(
                metrics == [
                    "cpu usage", "cpu user, system", "run-queue delay", "cpu peaks", "throttling",
                    "pressure", "memory", "memory detail", "oom kills", "network",
                    "tcp retransmits", "tcp connections", "disk", "lifecycle",
                ])
            // What this kernel or its cgroup tree cannot give.
            var missing: Set<String> = []
            if !Host.has("cpu") { missing.insert("throttling") }
            if !Host.walksInKernel { missing.insert("cpu peaks") }
            for source in sources {
                let metric = source["metric"] as? String ?? ""
                #expect(source["ok"] as? Bool == !missing.contains(metric), "\(metric)")
            }
        }

        private static func areAlive(_ objects: KernelObjects) -> Bool {
            objects.programs.contains { (try? ProgramInfo(id: $0.id)) != nil }
                || objects.maps.contains { (try? MapHandle(id: $0.id, name: $0.name)) != nil }
        }
    }
}
