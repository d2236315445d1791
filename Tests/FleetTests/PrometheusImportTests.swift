import Foundation
import Glibc
import TestSupport
import Testing

/// `headroom import --prometheus`: a real Prometheus, the program that asks it, and the history that comes of it.
@Suite struct PrometheusImportTests {
    private static let program = BuiltProgram.path("headroom")
    private static let hour = 3600
    /// The end of all samples: a whole minute some time ago.
    private static let end = Int(Date().timeIntervalSince1970) / 60 * 60 - 900
    private static let start = end - 7 * 24 * hour
    /// Prometheus' blocks are of two hours.
    private static let scrape = 30

    /// Cores of a cgroup in an hour.
    private static func cores(_ path: String, _ time: Int) -> Double {
        let number = Double(time / hour % 24)
        return path == "/" ? 4 + number : path.hasSuffix("web") ? 1 + number / 8 : 0.25
    }

    private static let paths = ["/", "/kubepods/web", "/kubepods/db"]

    /// A week of scrapes in the text form that promtool takes.
    private static func metrics(_ instances: [String]) -> String {
        var cpu: [String] = []
        var memory: [String] = []
        for instance in instances {
            for path in paths {
                let pod = path == "/" ? "" : ",namespace=\"shop\",pod=\"\(path.split(separator: "/").last ?? "")\""
                let labels = "{id=\"\(path)\",instance=\"\(instance)\"\(pod)}"
                var used = 0.0
                for time in stride(from: start, through: end, by: scrape) {
                    cpu.append("container_cpu_usage_seconds_total\(labels) \(used) \(time)")
                    memory.append("container_memory_usage_bytes\(labels) \(time - start) \(time)")
                    // Constant from one scrape to the next.
                    used += cores(path, time) * Double(scrape)
                }
            }
        }
        return "# TYPE container_cpu_usage_seconds counter\n" + cpu.joined(separator: "\n")
            + "\n# TYPE container_memory_usage_bytes gauge\n" + memory.joined(separator: "\n") + "\n# EOF\n"
    }

    /// Six hours of what an agent's page has, in its own scrape interval.
    private static func ownMetrics() -> String {
        var families: [String: [String]] = [:]
        for time in stride(from: end - 6 * hour, through: end, by: scrape) {
            let since = Double(time - (end - 6 * hour))
            func add(_ name: String, _ labels: String, _ value: Double) {
                families[name, default: []].append("\(name){instance=\"node7:9464\"\(labels)} \(value) \(time)")
            }
            for (path, cores) in [("/system.slice", 2.0), ("/system.slice/web.service", 1.5), ("(other)", 0.25)] {
                add("headroom_cgroup_cpu_seconds_total", ",cgroup=\"\(path)\",leaf=\"true\"", cores * since)
                add("headroom_cgroup_memory_bytes", ",cgroup=\"\(path)\",leaf=\"true\"", cores * 1e6)
                add("headroom_cgroup_network_bytes_total", ",cgroup=\"\(path)\",leaf=\"true\",direction=\"receive\"", cores * 1000 * since)
            }
            add("headroom_node_cpu_seconds_total", "", 3 * since)
            add("headroom_node_memory_bytes", "", 5e6)
            add("headroom_cgroup_info", ",cgroup=\"/system.slice/web.service\",application=\"shop/Deployment/web\"", 1)
        }
        return families.sorted { $0.key < $1.key }.map { name, lines in
            "# TYPE \(name.replacingOccurrences(of: "_total", with: "")) \(name.hasSuffix("_total") ? "counter" : "gauge")\n"
                + lines.joined(separator: "\n")
        }.joined(separator: "\n") + "\n# EOF\n"
    }

    private func serving<Result>(_ metrics: String, _ body: (Folder, String) async throws -> Result) async throws -> Result {
        let folder = try Folder()
        try folder.write("metrics.txt", metrics)
        try folder.write("prometheus.yaml", "global: {scrape_interval: 1m}\n")
        let blocks = try BoundedProcess(
            [TestTool.promtool.path!, "tsdb", "create-blocks-from", "openmetrics", folder.path + "/metrics.txt", folder.path + "/tsdb"],
            in: folder, name: "promtool", seconds: 120)
        let made = try await blocks.exitCode()
        #expect(made == 0, "\(folder.text("promtool.err"))")
        let held = try HeldPort()
        let url = "http://127.0.0.1:\(held.port)"
        let prometheus = try BoundedProcess(
            [
                TestTool.prometheus.path!, "--config.file=\(folder.path)/prometheus.yaml", "--storage.tsdb.path=\(folder.path)/tsdb",
                "--storage.tsdb.retention.time=100d", "--web.listen-address=127.0.0.1:\(held.port)",
            ], in: folder, name: "prometheus", seconds: 240)
        for _ in 0..<200 where !folder.text("prometheus.err").contains("ready to receive web requests") {
            try await Task.sleep(for: .milliseconds(100))
        }
        let result = try await body(folder, url)
        _ = try await prometheus.stop(SIGTERM)
        return result
    }

    private func run(_ folder: Folder, _ name: String, _ words: [String]) async throws -> (code: Int32, output: String, errors: String) {
        let process = try BoundedProcess(
            ["/usr/bin/env", "HEADROOM_STATE_DIRECTORY=\(folder.path)/state", Self.program] + words, in: folder, name: name, seconds: 120)
        let code = try await process.exitCode()
        return (code, folder.text(name + ".out"), folder.text(name + ".err"))
    }

    @Test(.enabled(if: TestTool.prometheus.isThere && TestTool.promtool.isThere), .timeLimit(.minutes(4)))
    func aWeekOfContainersBecomesAWeekOfHistory() async throws {
        try await serving(Self.metrics(["node7:8080"])) { folder, url in
            let imported = try await run(folder, "import", ["import", "--prometheus", url, "--since", "7d", "--rate", "60", "--json"])
            #expect(imported.code == 0, "\(imported.errors)")
            let summary = try #require(try JSONSerialization.jsonObject(with: Data(imported.output.utf8)) as? [String: Any])
            let minutes = summary["minutes"] as? Int ?? 0
            #expect(minutes > 3 * (7 * 1440 - 60) && minutes <= 3 * 7 * 1440 && summary["cgroups"] as? Int == 3, "\(summary)")
            let export = try await run(folder, "export", ["export", "--csv", folder.path + "/csv"])
            #expect(export.code == 0, "\(export.errors)")
            for path in Self.paths {
                let name = path == "/" ? "node" : path.dropFirst().split(separator: "/").joined(separator: "_")
                var checked = 0
                for line in folder.text("csv/\(name).csv").split(separator: "\n").dropFirst() {
                    let fields = line.split(separator: ",").compactMap { Double($0) }
                    let time = Int(fields[0])
                    // The hour's first minute has something of the one before.
                    guard time % Self.hour > 60 else { continue }
                    let truth = Self.cores(path, time - 60)
                    #expect((fields[1] - truth).magnitude < 0.001 * truth, "\(path) at \(time): \(fields[1]), not \(truth)")
                    let memory = Double(time - Self.start) - 15
                    #expect((fields[2] - memory).magnitude < 0.001 * memory + 31, "\(path) at \(time): \(fields[2]), not \(memory)")
                    checked += 1
                }
                #expect(checked > 9500, "\(path): \(checked)")
            }
            let applications = try await run(folder, "applications", ["export", "--csv", folder.path + "/by", "--by", "application"])
            #expect(applications.code == 0, "\(applications.errors)")
            #expect(!folder.text("by/shop_Pod_web.csv").isEmpty)
            // Finer than 11 000 points a series allow, in parts; what is there stays.
            let fine = try await run(folder, "fine", ["import", "--prometheus", url, "--since", "7d", "--step", "30", "--json"])
            #expect(fine.code == 0, "\(fine)")
            let again = try #require(try JSONSerialization.jsonObject(with: Data(fine.output.utf8)) as? [String: Any])
            // Time has gone on since the first, and finer points begin earlier: a minute of each cgroup at either end.
            let atTheEnds = 2 * Self.paths.count
            #expect((0...atTheEnds).contains(again["minutes"] as? Int ?? -1), "\(fine)")
            let present = (again["left_out"] as? [String: Any])?["present"] as? Int ?? 0
            #expect((minutes - atTheEnds...minutes).contains(present), "\(fine)")
            // With words of one's own.
            let own = try await run(
                folder, "own",
                [
                    "import", "--prometheus", url, "--since", "1d", "--label", "pod", "--history", folder.path + "/own",
                    "--query", "cpu=sum by (pod) (rate(container_cpu_usage_seconds_total{pod!=\"\"}[60s]))",
                ])
            #expect(own.code == 0 && own.output.contains(" of 2 cgroups"), "\(own)")
        }
    }

    @Test(.enabled(if: TestTool.prometheus.isThere && TestTool.promtool.isThere), .timeLimit(.minutes(4)))
    func nodesAreToldApart() async throws {
        try await serving(Self.metrics(["node7:8080", "node8:8080"])) { folder, url in
            let both = try await run(folder, "both", ["import", "--prometheus", url, "--since", "2d"])
            #expect(both.code == 1 && both.errors.contains("of 2 instances") && both.errors.contains("--select"), "\(both)")
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/state/history"))
            let one = try await run(
                folder, "one", ["import", "--prometheus", url, "--since", "2d", "--select", "instance=\"node8:8080\"", "--dry-run"])
            #expect(one.code == 0 && one.output.contains("would have 8") && one.output.contains("of 3 cgroups"), "\(one)")
            let none = try await run(folder, "none", ["import", "--prometheus", url, "--since", "2d", "--metrics", "headroom"])
            #expect(none.code == 1 && none.errors.contains("there are no metrics of headroom"), "\(none)")
        }
    }

    @Test(.enabled(if: TestTool.prometheus.isThere && TestTool.promtool.isThere), .timeLimit(.minutes(4)))
    func whatAgentsWereScrapedOfIsTakenBack() async throws {
        try await serving(Self.ownMetrics()) { folder, url in
            let imported = try await run(folder, "import", ["import", "--prometheus", url, "--since", "1d"])
            #expect(imported.code == 0 && imported.output.contains(" of 3 cgroups"), "\(imported)")
            let replay = try await run(folder, "replay", ["replay", "--minutes", "--json", "--until", "1h"])
            var seen: [String: Int] = [:]
            for line in replay.output.split(separator: "\n") where line.contains("\"type\":\"minute\"") {
                let minute = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                // Rates over two minutes begin within them.
                guard minute["time_s"] as? Int ?? 0 > Self.end - 6 * Self.hour + 120 else { continue }
                func mean(_ resource: String) -> Double { (minute[resource] as? [String: Any])?["mean"] as? Double ?? .nan }
                let path = minute["cgroup"] as? String ?? ""
                let truth: (Double, Double, Double) =
                    switch path {
                    case "/": (3, 5e6, 0)
                    case "/system.slice": (2, 2e6, 2000)
                    default: (1.5, 1.5e6, 1500)
                    }
                let figures = (mean("cpu"), mean("memory"), mean("net_rx"))
                #expect(
                    (figures.0 - truth.0).magnitude < 0.01 && (figures.1 - truth.1).magnitude < 1e3 && (figures.2 - truth.2).magnitude < 2,
                    "\(line)")
                #expect(minute["application"] as? String == (path.hasSuffix("web.service") ? "shop/Deployment/web" : nil), "\(line)")
                seen[path, default: 0] += 1
            }
            #expect(
                seen.keys.sorted() == ["/", "/system.slice", "/system.slice/web.service"] && seen.values.allSatisfy { $0 > 280 }, "\(seen)")
        }
    }

    @Test func whatCannotBeAskedForIsNotImported() async throws {
        let folder = try Folder()
        let held = try HeldPort()
        let away = try await run(folder, "away", ["import", "--prometheus", "http://127.0.0.1:\(held.port)", "--since", "1d"])
        #expect(away.code == 1 && away.errors.contains("nothing was imported") && away.errors.contains("127.0.0.1:\(held.port)"), "\(away)")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/state/history"))
        let wrong = try await run(folder, "wrong", ["import", "--prometheus", "http://x", "--query", "gpu=up"])
        #expect(wrong.code == 2 && wrong.errors.contains("--query: \"gpu=up\""), "\(wrong)")
    }
}
