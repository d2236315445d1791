import Foundation
import Glibc
import Probes
import Testing

extension KernelSuite {
    /// A real agent, asked by the programs that will ask it.
    @Suite struct TelemetryProcessTests {
        @Test(.enabled(if: Tool.curl.isThere))
        func curlIsAnsweredOverTheSocketAndTCP() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("told"))
            let load = try ChildProcess(shell: "while :; do :; done", in: cgroup)
            defer { load.stop(SIGKILL) }
            let port = Self.port()
            let agent = try scratch.start([
                "run", "--json", "--interval", "0.5", "--horizon", "1,2", "--listen",
                "127.0.0.1:\(port)",
            ])
            _ = try scratch.kernelObjects()
            usleep(4_000_000)
            let socket = ["--unix-socket", scratch.runtime + "/headroom.sock"]
            for how in [socket, []] {
                func get(_ path: String, _ more: [String] = []) throws -> String {
                    try Tool.curl.run(
                        ["-sS", "--fail-with-body", "-m", "10"] + more + how
                            + ["http://127.0.0.1:\(port)\(path)"],
                        scratch
                    )
                }
                #expect(try get("/healthz") == "ok\n")
                #expect(try get("/readyz") == "ok\n")
                let metrics = try get("/metrics")
                for wanted in [
                    "headroom_cgroup_cpu_seconds_total{cgroup=\"\(cgroup.path)\",leaf=\"true\"} ",
                    "headroom_cgroup_cpu_seconds_total{cgroup=\"(other)\",leaf=\"true\"} ",
                    "headroom_node_forecast_peak_cores{resource=\"cpu\",horizon=\"1s\",q=\"0.95\"} ",
                    "headroom_plan_target_cores{pool=\"node\",resource=\"cpu\"} ",
                    "headroom_losses_total{cause=\"tick_skipped\"} ",
                    "headroom_agent_cpu_seconds_total ", "headroom_probes_run_ratio ",
                    "headroom_probes_shed{tier=\"disk\"} 0", "headroom_overhead_budget_cores 0.01",
                    "headroom_walk_duration_seconds ", "headroom_build_info{version=\"0.1.0\"} 1",
                ] {
                    #expect(metrics.contains("\n" + wanted), "\(wanted)")
                }
                #expect(
                    try get("/metrics", ["-H", "Accept: application/openmetrics-text"])
                        .hasSuffix("\n# EOF\n")
                )
                for (path, type) in [
                    ("/v1/windows", "window"), ("/v1/forecasts", "forecast"), ("/v1/plan", "plan"),
                ] {
                    let objects = try #require(
                        try JSONSerialization.jsonObject(with: Data(get(path).utf8))
                            as? [[String: Any]]
                    )
                    #expect(objects.first?["type"] as? String == type)
                }
            }
            // The cgroup's CPU, as its own accounts have it.
            let cpu = try Tool.curl.run(
                ["-sS"] + socket + ["http://x/metrics"],
                scratch
            ).split(separator: "\n").first {
                $0.hasPrefix("headroom_cgroup_cpu_seconds_total{cgroup=\"\(cgroup.path)\"")
            }
            #expect(try #require(cpu?.split(separator: " ").last.flatMap { Double($0) }) > 0.2)
            #expect(agent.stop(SIGINT) == 0, "\(scratch.errors)")
            #expect(unsafe access(scratch.runtime, F_OK) != 0, "\(scratch.runtime) is still there")
        }

        /// The events page has what the JSON lines have.
        @Test(.enabled(if: Tool.curl.isThere)) func eventsAreThoseOfTheLines() throws {
            let scratch = try Scratch()
            let agent = try scratch.start(["run", "--json", "--interval", "0.2"])
            _ = try scratch.kernelObjects()
            usleep(500_000)
            let brief = try TestCgroup(TestCgroup.uniqueName("brief"))
            usleep(500_000)
            brief.remove()
            usleep(600_000)
            let page = try Tool.curl.run(
                [
                    "-sS", "--unix-socket", scratch.runtime + "/headroom.sock",
                    "http://x/v1/events",
                ],
                scratch
            )
            #expect(agent.stop(SIGINT) == 0)
            let ours = page.split(separator: "\n").map { $0.hasSuffix(",") ? $0.dropLast() : $0 }
                .filter { $0.contains(brief.path) }.map(String.init)
            let lines = try scratch.text().split(separator: "\n").map(String.init).filter {
                $0.contains(brief.path) && $0.contains("\"type\":\"event\"")
            }
            #expect(ours == lines && ours.count == 2)
        }

        @Test func aSocketOfAKilledAgentIsReplacedAndASecondAgentDisturbsNone() throws {
            let scratch = try Scratch()
            let socket = scratch.runtime + "/headroom.sock"
            let first = try scratch.start(["run", "--json"])
            _ = try scratch.kernelObjects()
            first.stop(SIGKILL)
            #expect(unsafe access(socket, F_OK) == 0)
            let second = try scratch.start(["run", "--json"])
            _ = try scratch.kernelObjects()
            let third = try scratch.start(["run", "--json"], output: "third")
            #expect(third.exitCode == 1)
            #expect(unsafe access(socket, F_OK) == 0)
            #expect(second.stop(SIGTERM) == 0)
            #expect(unsafe access(scratch.runtime, F_OK) != 0)
        }

        @Test func anAddressThatIsTakenOrOpenToOthersEndsTheRun() throws {
            let scratch = try Scratch()
            let port = Self.port()
            let first = try scratch.start(["run", "--json", "--listen", "127.0.0.1:\(port)"])
            _ = try scratch.kernelObjects()
            let other = try Scratch()
            let second = try other.start(["run", "--json", "--listen", "127.0.0.1:\(port)"])
            #expect(second.exitCode == 1)
            #expect(other.errors.contains("127.0.0.1:\(port): Address already in use"))
            #expect(unsafe access(other.runtime, F_OK) != 0, "\(other.runtime) is still there")
            let open = try other.start(["run", "--listen", "0.0.0.0:\(port)"])
            #expect(open.exitCode == 2)
            #expect(other.errors.contains("can be reached from other hosts"))
            #expect(first.stop(SIGINT) == 0)
        }

        @Test(.enabled(if: Tool.promtool.isThere && Tool.curl.isThere))
        func promtoolFindsNothingToSay() throws {
            let scratch = try Scratch()
            let agent = try scratch.start(["run", "--json", "--interval", "0.2", "--horizon", "1"])
            _ = try scratch.kernelObjects()
            usleep(3_000_000)
            _ = try Tool.curl.run(
                [
                    "-sS", "-o", scratch.path("metrics"), "--unix-socket",
                    scratch.runtime + "/headroom.sock", "http://x/metrics",
                ],
                scratch
            )
            #expect(agent.stop(SIGINT) == 0)
            let check = try ChildProcess(
                ["/bin/sh", "-c", "'\(Tool.promtool.path!)' check metrics < metrics"],
                output: scratch.path("check"),
                error: scratch.path("check-errors"),
                directory: scratch.directory
            )
            let code = check.exitCode
            let said = (try? scratch.text("check-errors")) ?? ""
            #expect(code == 0 && said.isEmpty, "\(said)")
        }

        /// A Prometheus scrapes for some seconds, and what it has adds up.
        @Test(.enabled(if: Tool.prometheus.isThere && Tool.curl.isThere))
        func prometheusScrapesSumsThatAddUp() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("scraped"))
            let load = try ChildProcess(shell: "while :; do :; done", in: cgroup)
            defer { load.stop(SIGKILL) }
            let port = Self.port()
            let agent = try scratch.start([
                "run", "--json", "--interval", "0.5", "--listen", "127.0.0.1:\(port)",
            ])
            _ = try scratch.kernelObjects()
            try """
            global: {scrape_interval: 1s, scrape_timeout: 1s}
            scrape_configs:
              - job_name: headroom
                static_configs: [{targets: ["127.0.0.1:\(port)"]}]
            """.write(
                toFile: scratch.path("prometheus.yml"),
                atomically: true,
                encoding: .utf8
            )
            let web = Self.port(besides: port)
            let server = try ChildProcess(
                [
                    Tool.prometheus.path!, "--config.file=\(scratch.path("prometheus.yml"))",
                    "--storage.tsdb.path=\(scratch.path("tsdb"))",
                    "--web.listen-address=127.0.0.1:\(web)",
                ],
                output: scratch.path("prometheus.out"),
                error: scratch.path("prometheus.log")
            )
            defer { server.stop(SIGKILL) }
            func series(_ text: String) throws -> [[String: Any]]? {
                let answer = try Tool.curl.run(
                    [
                        "-s", "-G", "--data-urlencode", "query=\(text)",
                        "http://127.0.0.1:\(web)/api/v1/query",
                    ],
                    scratch
                )
                guard
                    let object = try? JSONSerialization.jsonObject(with: Data(answer.utf8))
                        as? [String: Any], let data = object["data"] as? [String: Any],
                    let result = data["result"] as? [[String: Any]]
                else { return nil }
                return result
            }
            func query(_ text: String) throws -> Double? {
                guard let result = try series(text), result.count == 1,
                    let value = result[0]["value"] as? [Any], let text = value.last as? String
                else { return nil }
                return Double(text)
            }
            var seen = 0.0
            for _ in 0..<60 where seen < 12 {
                usleep(500_000)
                seen = try query("count_over_time(up{job=\"headroom\"}[1m])") ?? 0
            }
            let log = (try? scratch.text("prometheus.log")) ?? ""
            #expect(seen >= 12, "\(log.suffix(500))")
            #expect(try query("min_over_time(up[1m])") == 1, "\(log.suffix(500))")
            #expect(try #require(try query("scrape_samples_scraped")) > 100)
            let sum = try #require(
                try query("sum(rate(headroom_cgroup_cpu_seconds_total{leaf=\"true\"}[10s]))")
            )
            let node = try #require(try query("rate(headroom_node_cpu_seconds_total[10s])"))
            #expect((sum - node).magnitude < 0.02 * node, "\(sum) of \(node)")
            let own = try #require(
                try query("rate(headroom_cgroup_cpu_seconds_total{cgroup=\"\(cgroup.path)\"}[10s])")
            )
            #expect(own > 0.05)
            for panel in try Self.panels() {
                let found = try series(panel.expression)
                #expect(found != nil, "\(panel.title): Prometheus refuses \(panel.expression)")
                let needsMore = Self.needsMore.contains(panel.title)
                #expect(needsMore || found?.isEmpty == false, "\(panel.title): \(panel.expression)")
            }
            #expect(server.stop(SIGTERM) == 0)
            #expect(agent.stop(SIGINT) == 0)
        }

        /// Panels that may be empty: no limit, loss or disk request is due, no forecast is old enough.
        private static let needsMore: Set = [
            "Throttled periods", "Losses", "Disk latency, p99", "Peaks that the forecast covered",
        ]

        /// What the dashboard asks for, with all of its variables set to everything.
        private static func panels() throws -> [(title: String, expression: String)] {
            let file = Tool.root.appendingPathComponent("deploy/grafana/headroom.json")
            let board = try #require(
                try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
            return try #require(board["panels"] as? [[String: Any]]).flatMap { panel in
                (panel["targets"] as? [[String: Any]] ?? []).map { target in
                    let text = target["expr"] as? String ?? ""
                    return (
                        panel["title"] as? String ?? "",
                        text.replacing(/\$(instance|pool|cgroup)/, with: ".*")
                            .replacing("$__rate_interval", with: "10s")
                    )
                }
            }
        }

        /// The rules' own tests: each alert where it fires and where it does not.
        @Test(.enabled(if: Tool.promtool.isThere)) func everyAlertFiresAndStaysCalm() throws {
            let scratch = try Scratch()
            let rules = Tool.root.appendingPathComponent("deploy/prometheus").path
            let said = try Tool.promtool.run(
                ["test", "rules", rules + "/headroom-rules-test.yaml"], scratch)
            #expect(said.contains("SUCCESS"), "\(said)")
            let alerts = try TextFile.read(rules + "/headroom-rules.yaml").matches(
                of: /- alert: ([A-Za-z]+)/)
            #expect(!alerts.isEmpty)
            let tests = try TextFile.read(rules + "/headroom-rules-test.yaml")
            for alert in alerts {
                #expect(tests.contains("- name: \(alert.1) fires"), "\(alert.1)")
                #expect(tests.contains("- name: \(alert.1) stays calm"), "\(alert.1)")
            }
        }

        /// A port that nobody has now.
        static func port(besides taken: Int = 0) -> Int {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    unsafe bind(descriptor, generic, length)
                    return unsafe getsockname(descriptor, generic, &length)
                }
            }
            let port = Int(UInt16(bigEndian: address.sin_port))
            return port == taken ? self.port(besides: taken) : port
        }
    }
}

/// A program of others that a test asks.
enum Tool: String {
    case curl, promtool, prometheus

    /// Of the package.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Installed, or unpacked by scripts/test.
    var path: String? {
        ["/usr/bin", "/usr/local/bin", Self.root.path + "/.build/tools/usr/bin"].map {
            $0 + "/" + rawValue
        }.first { unsafe access($0, X_OK) == 0 }
    }

    /// Says so when it is not.
    var isThere: Bool {
        if path == nil {
            print(
                "SKIPPED a telemetry test: no \(rawValue); scripts/test unpacks Debian's, or install it"
            )
        }
        return path != nil
    }

    /// What it prints; empty when it fails.
    func run(_ arguments: [String], _ scratch: Scratch) throws -> String {
        let process = try ChildProcess(
            [path!] + arguments,
            output: scratch.path(rawValue),
            error: scratch.path("\(rawValue)-errors")
        )
        #expect(process.exitCode == 0, "\((try? scratch.text("\(rawValue)-errors")) ?? "")")
        return try scratch.text(rawValue)
    }
}
