import Foundation
import Glibc
import TestSupport
import Testing

extension KernelSuite {
    /// Every example of every help text, run as it stands there, beside a running agent. What is only on some hosts (a
    /// cgroup's name, a path in /etc, a date) is put in the place of what the text names; what would run for hours is
    /// told to end after some seconds, as Ctrl-C does.
    @Suite struct HelpExampleTests {
        private static let program = URL(fileURLWithPath: Host.buildDirectory + "/headroom")

        @Test func everyCommandHasOne() throws {
            let help = try HelpExamples.of(program: Self.program)
            #expect(help.withoutExamples == [])
            #expect(help.tooWide == [])
            #expect(help.commands.count >= 20)
        }

        /// Examples that end with another code, and why.
        private static let codes: [String: Int32] = [
            "headroom doctor --kubernetes": 3,  // There is no cluster here.
            "headroom export --csv traces --by application --peaks": 1,  // Nor pods that somebody has named.
            // Nor a Prometheus.
            "headroom import --prometheus http://prometheus:9090 --since 7d --select 'instance=\"node7:8080\"'": 1,
        ]

        @Test func allWork() throws {
            let help = try HelpExamples.of(program: Self.program)
            let place = try Place()
            for example in help.examples {
                let (code, seconds) = try place.run(example.line)
                #expect(code == Self.codes[example.line] ?? 0, "\(example.command): \(example.line): after \(seconds) s: \(place.said)")
            }
        }

        /// A folder with the files that examples name, a cgroup with a load, and an agent.
        private final class Place {
            private let scratch: Scratch
            private let web: TestCgroup
            private let load: ChildProcess
            private var agent: ChildProcess?
            private let listener = try? HeldPort()
            private let demo = TestCgroup.uniqueName("demo").lowercased()

            init() throws {
                scratch = try Scratch()
                web = try TestCgroup(TestCgroup.uniqueName("web") + ".service")
                load = try ChildProcess(shell: "while :; do for i in {1..20000}; do :; done; sleep 0.02; done", in: web)
                for folder in ["bin", "traces", "etc", "copy", "other"] {
                    try FileManager.default.createDirectory(atPath: scratch.path(folder), withIntermediateDirectories: false)
                }
                for name in ["headroom", "headroom-connect"] {
                    let target = name == "headroom" ? Host.command : Host.buildDirectory + "/" + name
                    try FileManager.default.createSymbolicLink(atPath: scratch.path("bin/" + name), withDestinationPath: target)
                }
                try script("less", "exec cat")
                try script("systemctl", "echo \"$*\"")
                // Three days of a wave until some minutes ago, in steps of five minutes, each trace at another height.
                let start = (time(nil) / 300 - 866) * 300
                for (number, name) in ["web.csv", "a.csv", "b.csv", "traces/shop.csv", "traces/blog.csv"].enumerated() {
                    var text = "timestamp_s,cpu,memory\n"
                    for step in 0..<864 {
                        let wave = sin(Double(step) / 288 * 2 * .pi) + 1.2 + Double(number + step * 7 % 11) / 20
                        text += "\(start + step * 300),\(wave),\(Int(wave * 1e8))\n"
                    }
                    try write(name, text)
                }
                #expect(try ChildProcess(["/bin/sh", "-c", "gzip -k '\(scratch.path("web.csv"))'"]).exitCode == 0)
                // What others measured an hour ago.
                let then = time(nil) - 3600
                try write("sa27.csv", "# hostname;interval;timestamp;kbmemused\nweb;60;\(then);4096\n")
                try write("cgroups.log", "\(then) memory.current:4096\n\(then + 10) memory.current:8192\n")
                try write("run.log", "{\"type\":\"window\",\"time_s\":\(then),\"duration_s\":1,\"cgroup\":\"/a\",\"cpu_cores\":1}\n")
                #expect(try ChildProcess(["/bin/sh", "-c", "gzip '\(scratch.path("run.log"))'"]).exitCode == 0)
                try write("node.yaml", "plan:\n  cost_ratio: 9\n")
                // A history.
                let recording = try scratch.start(
                    ["record", "--interval", "0.5", "--horizon", "1,2", "--duration", "3"], output: "recording")
                #expect(recording.exitCode == 0, "\(scratch.errors)")
                agent = try scratch.start(["run", "--json", "--interval", "0.5", "--horizon", "1,2", "--lead", "2"], output: "agent")
                _ = try scratch.kernelObjects()
                try FileManager.default.copyItem(atPath: scratch.path("state/history"), toPath: scratch.path("copy/history"))
            }

            deinit {
                agent?.stop(SIGTERM)
                load.stop(SIGKILL)
                web.remove()
            }

            private func write(_ name: String, _ text: String) throws {
                try text.write(toFile: scratch.path(name), atomically: true, encoding: .utf8)
            }

            private func script(_ name: String, _ body: String) throws {
                try write("bin/" + name, "#!/bin/sh\n\(body)\n")
                unsafe chmod(scratch.path("bin/" + name), 0o755)
            }

            var said: String { ((try? scratch.text("example.err")) ?? "") + ((try? scratch.text("example.out")) ?? "").suffix(600) }

            private func local(_ line: String) -> String {
                // Unix seconds: no midnight comes in between.
                func moment(_ offset: Int) -> String { String(time(nil) + offset) }
                let inode = (try? FileManager.default.attributesOfItem(atPath: web.directory)[.systemFileNumber] as? Int) ?? 0
                return [
                    ("/system.slice/web.service", web.path), ("/system.slice/db.service", web.path),
                    (" web.service", " " + web.path.dropFirst()), ("cgroup=4711", "cgroup=\(inode)"),
                    ("/system.slice", web.path), ("/etc/headroom/", "etc/"), ("127.0.0.1:9417", "127.0.0.1:\(listener?.port ?? 0)"),
                    ("2026-11-21", moment(-86_400)), ("2026-11-28", moment(86_400)), ("14:30", moment(-1)), ("02:00", moment(-60)),
                    ("03:00", moment(60)), ("headroom demo", "headroom demo --parent \(demo)"),
                ].reduce(line) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
            }

            /// - Returns: its exit code, and how long it took.
            func run(_ line: String) throws -> (code: Int32, seconds: Int) {
                let words = line.split(separator: " ")
                let isAgent = ["run", "record"].contains(words[1])
                let isEndless = isAgent || words[1] == "demo" || line.contains("maps watch")
                // One agent at a time has a runtime directory, and a state.
                let place = isAgent ? scratch.path("other") : scratch.directory
                // A recording is never written over.
                if isAgent { try? FileManager.default.removeItem(atPath: scratch.path("night.hrr")) }
                let process = try ChildProcess(
                    ["/usr/bin/env", "-C", scratch.directory, "setsid", "-w", "/bin/bash", "-o", "pipefail", "-c", local(line)],
                    environment: [
                        "PATH=\(scratch.path("bin")):/usr/sbin:/usr/bin:/bin", "HEADROOM_RUNTIME_DIRECTORY=\(place)/run",
                        "HEADROOM_STATE_DIRECTORY=\(place)/state", "HOME=\(scratch.directory)",
                    ], output: scratch.path("example.out"), error: scratch.path("example.err"))
                let start = time(nil)
                let limit = (isEndless ? 2 : 60) * Host.scale
                while !process.hasEnded, time(nil) - start < limit { usleep(50_000) }
                if !process.hasEnded {
                    // setsid has become the leader of a session of that number; bash became the command.
                    _ = try ChildProcess(["/usr/bin/pkill", "-INT", "-s", "\(process.pid)"]).wait()
                }
                return (process.exitCode, time(nil) - start)
            }
        }
    }
}
