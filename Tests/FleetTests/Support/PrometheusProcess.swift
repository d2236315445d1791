import Foundation
import Glibc
import TestSupport

/// Debian's Prometheus on loopback with this package's recording rules, in seconds instead of in
/// fifteens, scraping two agents.
final class PrometheusProcess {
    private let folder: Folder
    private let held: HeldPort
    private var process: BoundedProcess?

    init(targets: [Int]) throws {
        folder = try Folder()
        held = try HeldPort()
        let file = TestTool.root.appendingPathComponent("deploy/prometheus/headroom-rules.yaml")
        let rules = try String(contentsOf: file, encoding: .utf8)
        let quick = rules.replacingOccurrences(of: "interval: 15s", with: "interval: 1s")
            .replacingOccurrences(of: "_total[1m])", with: "_total[10s])")
        guard quick.contains("sum by (application) (rate(headroom_cgroup_cpu_seconds_total[10s])"), quick.contains("interval: 1s")
        else { throw BoundedProcess.Failure(description: "\(file.path) is not what this test makes quicker") }
        try folder.write("rules.yaml", quick)
        let targets = targets.map { "\"127.0.0.1:\($0)\"" }.joined(separator: ", ")
        try folder.write(
            "prometheus.yaml",
            """
            global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
            rule_files: [rules.yaml]
            scrape_configs:
              - job_name: headroom
                static_configs: [{targets: [\(targets)]}]
            """)
    }

    var url: String { "http://127.0.0.1:\(held.port)" }
    /// For a test that fails.
    var log: String { String(folder.text("prometheus.err").suffix(2_000)) }

    func start() throws {
        process = try BoundedProcess(
            [
                TestTool.prometheus.path!, "--config.file=\(folder.path)/prometheus.yaml",
                "--storage.tsdb.path=\(folder.path)/tsdb", "--web.listen-address=127.0.0.1:\(held.port)",
            ], in: folder, name: "prometheus", seconds: 240)
    }

    func stop() async throws {
        _ = try await process?.stop(SIGTERM)
        process = nil
    }
}
