import APITestServer
import Foundation
import TestSupport
import Testing

/// The program itself: what it prints, and how it ends.
@Suite struct FleetCommandTests {
    private static let program = BuiltProgram.path("headroom-connect")

    private func run(_ words: [String]) async throws -> (code: Int32, output: String, errors: String) {
        let folder = try Folder()
        let process = try BoundedProcess([Self.program, "fleet"] + words, in: folder, name: "fleet", seconds: 60)
        let code = try await process.exitCode()
        return (code, folder.text("fleet.out"), folder.text("fleet.err"))
    }

    private func once(_ pages: ScriptedPages, _ more: [String] = []) async throws -> (code: Int32, output: String, errors: String) {
        try await run(["--prometheus", pages.server.url, "--once", "--no-lease", "--history-days", "0"] + more)
    }

    @Test func oneRoundIsPlannedAndPrinted() async throws {
        let pages = try await ScriptedPages()
        pages.store.set { $0.values = [("shop/Deployment/web", "3.5"), ("blog/Deployment/web", "2")] }
        let folder = try Folder()
        let pools = try folder.write("pools.yaml", "pools:\n  shop: [\"shop/*/*\"]\n  rest: []\n")
        let table = try await once(pages, ["--resources", "cpu", "--pools", pools])
        #expect(table.code == 0, "\(table.errors)")
        #expect(table.output.contains("pool shop, 1 application: cpu\n  in use    3.5 cores\n"), "\(table.output)")
        #expect(table.output.contains("pool rest, 1 application: cpu\n  in use    2.0 cores\n"), "\(table.output)")
        #expect(table.output.contains("answer "), "\(table.output)")
        let lines = try await once(pages, ["--json"])
        await pages.server.close()
        #expect(lines.code == 0, "\(lines.errors)")
        let objects = try lines.output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(objects.map { $0["type"] as? String } == ["plan", "plan", "request", "request", "round"])
        #expect(objects.first?["demand"] as? Double == 5.5)
        #expect(objects.last?["applications"] as? Int == 2)
    }

    @Test func heldIsSaidAndIsAnExitCode() async throws {
        let pages = try await ScriptedPages()
        pages.store.set { $0.newest = nil }
        let empty = try await once(pages)
        #expect(empty.code == 4)
        #expect(empty.output.contains("held cpu: Prometheus has no samples of headroom:application_cpu_cores:sum"), "\(empty.output)")
        pages.store.set { $0.newest = $0.now - 3_600 }
        let stale = try await once(pages)
        #expect(stale.code == 4)
        #expect(stale.output.contains("is 3600 s old, more than 45 s: no forecast from stale data"), "\(stale.output)")
        await pages.server.close()
        let away = try await once(pages, ["--json"])
        #expect(away.code == 4)
        #expect(away.output.contains("\"type\":\"hold\",\"resource\":\"cpu\",\"reason\":\"unanswered\""), "\(away.output)")
    }

    @Test func whoIsNotTheActiveOneHasAnExitCodeOfItsOwn() async throws {
        let pages = try await ScriptedPages()
        pages.store.set { $0.values = [("shop/Deployment/web", "3.5")] }
        let folder = try Folder()
        let result = try await APITestServer.with { server in
            server.addNamespace("headroom")
            let config = try folder.write(
                "config",
                """
                apiVersion: v1
                kind: Config
                clusters: [{name: c, cluster: {server: "\(server.url)"}}]
                users: [{name: u, user: {token: \(APITestServer.token)}}]
                contexts: [{name: here, context: {cluster: c, user: u}}]
                current-context: here

                """)
            server.put(
                .leases,
                [
                    "metadata": ["name": "headroom-fleet", "namespace": "headroom"],
                    // Longer than it is waited for.
                    "spec": ["holderIdentity": "other", "leaseDurationSeconds": 3_600, "renewTime": "2026-01-01T00:00:00.000000Z"],
                ])
            return try await run([
                "--prometheus", pages.server.url, "--once", "--history-days", "0", "--kubeconfig", config, "-n", "headroom",
            ])
        }
        await pages.server.close()
        #expect(result.code == 5, "\(result.errors)")
        #expect(result.output.contains("another planner is the active one"), "\(result.output)")
        #expect(result.errors.contains("other has the lease: waiting"), "\(result.errors)")
    }

    @Test(arguments: [
        (["--prometheus", "prometheus:9090"], "is no URL"), ([], "--prometheus"),
        (["--prometheus", "http://x", "--interval", "0"], "--interval: 0; expected 1 to 86400"),
        (["--prometheus", "http://x", "--resources", "cpu,gpu"], "--resources: \"gpu\" is none"),
        (["--prometheus", "http://x", "--pools", "/nowhere"], "/nowhere: it cannot be read"),
        (["--prometheus", "http://x", "--cost-ratio", "-1"], "--cost-ratio"),
    ])
    func wrongUsageIsSaid(_ words: [String], _ expected: String) async throws {
        let result = try await run(words + ["--once", "--no-lease"])
        #expect(result.code == 2)
        #expect(result.errors.contains(expected), "\(result.errors)")
    }
}
