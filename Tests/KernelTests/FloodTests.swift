import Foundation
import Glibc
import Testing

extension KernelSuite {
    /// Clients that hold connections, thousands of them, are no matter to the sampling.
    @Suite struct FloodTests {
        private static let interval = 0.2
        private static let clients = 5000 / Host.scale

        /// How many windows the node had in a time, and the longest of them.
        private static func windows(_ scratch: Scratch, from start: Double, to end: Double) throws -> (count: Int, longest: Double) {
            let times = try scratch.lines().filter { $0["type"] as? String == "window" && $0["cgroup"] as? String == "/" }
                .compactMap { $0["time_s"] as? Double }.filter { $0 >= start && $0 <= end }
            let longest = zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? .infinity
            return (times.count, longest)
        }

        private static func resident(_ pid: pid_t) -> Int {
            let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
            return status.firstMatch(of: /VmRSS:\s+(\d+) kB/).flatMap { Int($0.1) } ?? 0
        }

        @Test(.enabled(if: Tool.curl.isThere)) func tenThousandIdleAndSlowConnectionsDoNotDisturbTheSampling() throws {
            var before = ConnectionFlood.raiseLimit(to: 2 * Self.clients + 1000)
            defer { unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before) }
            let scratch = try Scratch()
            let port = TelemetryProcessTests.port()
            let agent = try scratch.start([
                "run", "--json", "--interval", "\(Self.interval)", "--listen", "127.0.0.1:\(port)",
            ])
            _ = try scratch.kernelObjects()
            let socket = scratch.runtime + "/headroom.sock"
            usleep(1_000_000)
            let seconds = 5.0
            let calm = Date().timeIntervalSince1970
            usleep(UInt32(seconds * 1e6))
            let memory = Self.resident(agent.pid)

            let overTCP = ConnectionFlood(path: nil, port: port, count: Self.clients)
            let overSocket = ConnectionFlood(path: socket, port: 0, count: Self.clients)
            func flood(_ seconds: Double, socketToo: Bool) {
                let end = Date(timeIntervalSinceNow: seconds)
                while Date() < end {
                    overTCP.turn(slowly: 2)
                    if socketToo { overSocket.turn(slowly: 3) }
                    usleep(50_000)
                }
            }
            // Of TCP's every user of the host may be one: they keep nobody from the socket.
            flood(1, socketToo: false)
            let start = Date().timeIntervalSince1970
            let health = try ChildProcess(
                ["/usr/bin/curl", "-sS", "-m", "5", "--unix-socket", socket, "http://x/healthz"],
                output: scratch.path("health"), error: scratch.path("health-errors"))
            flood(1, socketToo: false)
            #expect(health.exitCode == 0)
            #expect(try scratch.text("health") == "ok\n")

            flood(seconds - 1, socketToo: true)
            let end = Date().timeIntervalSince1970
            let grown = Self.resident(agent.pid) - memory
            let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(agent.pid)/fd").count
            usleep(500_000)
            #expect(agent.stop(SIGINT) == 0, "\(scratch.errors)")

            let quiet = try Self.windows(scratch, from: calm, to: calm + seconds)
            let busy = try Self.windows(scratch, from: start, to: end)
            print(
                "flood: \(overTCP.held + overSocket.held) connections held, \(overTCP.made + overSocket.made) made,",
                "\(overTCP.ended + overSocket.ended) ended by the agent, which had \(descriptors) descriptors and \(grown) KiB more;",
                "windows of \(Self.interval) s: \(quiet.count) in \(seconds) s before, longest \(quiet.longest);",
                "\(busy.count) in \(end - start) s during, longest \(busy.longest)")
            // As many were there as a host's users could hold: most of them in the kernel's queues.
            #expect(overTCP.made > 1000 / Host.scale && overTCP.held + overSocket.held > 1000 / Host.scale)
            #expect(descriptors < 400)
            #expect(grown < 16_384, "KiB")
            // On time, or as late as this host makes it anyway.
            let expected = (end - start) / Self.interval
            #expect(Double(busy.count) >= 0.9 * expected * min(1, Double(quiet.count) * Self.interval / seconds))
            #expect(busy.longest < max(2 * Self.interval, 2 * quiet.longest))
        }

        /// What of a running agent others can open.
        @Test func othersReachNothingOfIt() throws {
            let scratch = try Scratch()
            let agent = try scratch.start(["run", "--json", "--interval", "0.2"])
            _ = try scratch.kernelObjects()
            func mode(_ path: String) -> UInt32 {
                var facts = stat()
                return unsafe stat(path, &facts) == 0 ? facts.st_mode & 0o7777 : 0
            }
            #expect(mode(scratch.runtime + "/table") == 0o600)
            #expect(mode(scratch.runtime + "/agent.lock") == 0o600)
            #expect(mode(scratch.runtime + "/headroom.sock") == 0o660)
            #expect(mode(scratch.runtime) & 0o022 == 0)
            let state = try FileManager.default.subpathsOfDirectory(atPath: scratch.path("state"))
            for name in state { #expect(mode(scratch.path("state") + "/" + name) & 0o007 == 0, "\(name)") }
            #expect(mode(scratch.path("state")) & 0o007 == 0)
            // Nothing listens for others, or at all, but that socket.
            let sockets =
                try String(contentsOfFile: "/proc/\(agent.pid)/net/tcp", encoding: .utf8)
                + String(contentsOfFile: "/proc/\(agent.pid)/net/tcp6", encoding: .utf8)
            let own = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(agent.pid)/fd").compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(agent.pid)/fd/\($0)")
            }
            for line in sockets.split(separator: "\n") {
                let fields = line.split(separator: " ")
                if fields.count > 9 { #expect(!own.contains("socket:[\(fields[9])]"), "\(line)") }
            }
            #expect(agent.stop(SIGINT) == 0)
        }

        /// The mode keeps others out; the kernel's word on who asks does so too when the mode is loosened.
        @Test(.enabled(if: Tool.curl.isThere)) func strangersAreRefusedAlsoWhereTheModeLetsThemIn() throws {
            let scratch = try Scratch()
            let agent = try scratch.start(["run", "--json", "--interval", "0.2"])
            _ = try scratch.kernelObjects()
            let socket = scratch.runtime + "/headroom.sock"
            func ask(_ who: [String]) throws -> String {
                let curl = try ChildProcess(
                    ["/usr/bin/setpriv"] + who
                        + [
                            Tool.curl.path!, "-sS", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", socket,
                            "http://x/metrics",
                        ],
                    output: scratch.path("code"), error: scratch.path("curl-errors"))
                _ = curl.exitCode
                return try scratch.text("code")
            }
            let nobody = ["--reuid", "65534", "--regid", "65534"]
            #expect(try ask(nobody + ["--clear-groups"]) == "000")
            #expect(try ask(nobody + ["--groups", "0"]) == "200")
            #expect(unsafe chmod(socket, 0o666) == 0)
            #expect(try ask(nobody + ["--clear-groups"]) == "403")
            #expect(try ask(["--reuid", "65534", "--regid", "0", "--clear-groups"]) == "200")
            #expect(unsafe chown(socket, 0, 4242) == 0 && chmod(socket, 0o660) == 0)
            #expect(try ask(["--reuid", "65534", "--regid", "4242", "--clear-groups"]) == "200")
            #expect(agent.stop(SIGINT) == 0)
        }

        @Test(.enabled(if: Tool.curl.isThere)) func theTokenIsAskedForAndToldNowhere() throws {
            let scratch = try Scratch()
            let port = TelemetryProcessTests.port()
            let token = "s3cret-" + String(repeating: "t0ken", count: 6)
            let file = scratch.path("token")
            try (token + "\n").write(toFile: file, atomically: true, encoding: .utf8)
            try "telemetry: {listen: \"127.0.0.1:\(port)\", token_file: \(file)}\n"
                .write(toFile: scratch.path("headroom.yaml"), atomically: true, encoding: .utf8)
            let arguments = ["run", "--json", "--interval", "0.2", "--config", scratch.path("headroom.yaml")]
            unsafe chmod(file, 0o644)
            let open = try scratch.start(arguments)
            #expect(open.exitCode == 1)
            #expect(scratch.errors.contains("\(file) has mode 644") && !scratch.errors.contains("s3cret"))
            unsafe chmod(file, 0o600)
            let agent = try scratch.start(arguments)
            _ = try scratch.kernelObjects()
            func code(_ more: [String]) throws -> String {
                try Tool.curl.run(
                    ["-sS", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}"] + more, scratch)
            }
            let url = "http://127.0.0.1:\(port)/"
            for path in ["metrics", "healthz", "v1/windows", "nothing"] {
                #expect(try code([url + path]) == "401")
                #expect(try code(["-H", "Authorization: Bearer \(token)x", url + path]) == "401")
            }
            #expect(try code(["-u", "user:\(token)", url + "metrics"]) == "401")
            #expect(try code(["-H", "Authorization: Bearer \(token)", url + "metrics"]) == "200")
            // Who may open the socket needs none.
            #expect(try code(["--unix-socket", scratch.runtime + "/headroom.sock", "http://x/metrics"]) == "200")
            let show = try scratch.start(["config", "show", "--config", scratch.path("headroom.yaml")], output: "shown")
            #expect(show.exitCode == 0)
            let process =
                try String(contentsOfFile: "/proc/\(agent.pid)/cmdline", encoding: .utf8)
                + String(contentsOfFile: "/proc/\(agent.pid)/environ", encoding: .utf8)
            #expect(agent.stop(SIGINT) == 0)
            for text in [process, try scratch.text("shown"), try scratch.text(), scratch.errors] {
                #expect(!text.contains("s3cret"))
            }
        }
    }
}
