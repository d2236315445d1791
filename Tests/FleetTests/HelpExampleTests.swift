import APITestServer
import Foundation
import Glibc
import TestSupport
import Testing

/// What `headroom-connect`'s help shows is what works, beside a cluster and a Prometheus. `webhook`'s
/// examples are in WebhookTests, where a service is.
@Suite struct HelpExampleTests {
    private static let build = BuiltProgram.folder
    private static let help = try? HelpExamples.of(program: build.appendingPathComponent("headroom-connect"))

    private static let lines = (help?.examples ?? [])
        .filter { !$0.command.contains(" webhook") && !$0.line.contains(" webhook ") }.map(\.line)

    @Test func everyCommandHasOne() throws {
        let help = try #require(Self.help)
        #expect(help.withoutExamples == [])
        #expect(help.tooWide == [])
        #expect(help.commands.count >= 9)
    }

    private static let kubeconfig = """
        apiVersion: v1
        kind: Config
        clusters: [{name: c, cluster: {server: "SERVER"}}]
        users: [{name: u, user: {token: TOKEN}}]
        contexts: [{name: staging, context: {cluster: c, user: u}}]
        current-context: staging

        """

    /// Those that serve until they are told to end are told so after three seconds.
    @Test(arguments: lines) func itWorks(_ line: String) async throws {
        let pages = try await ScriptedPages()
        pages.store.set { $0.values = [("shop/Deployment/web", "3.5"), ("blog/Deployment/web", "2")] }
        let folder = try Folder()
        let port = try HeldPort()
        try folder.write("pools.yaml", "pools:\n  shop: [\"shop/*/*\"]\n  rest: []\n")
        var line = line
        for (shown, here) in [
            ("http://prometheus:9090", pages.server.url), ("http://collector:4318", pages.server.url), ("/run/headroom/", "./"),
            ("0.0.0.0:9417", "127.0.0.1:\(port.port)"),
        ] { line = line.replacingOccurrences(of: shown, with: here) }
        // A provider program is asked through a pipe, and ends with it.
        if line.contains("headroom-connect kubernetes") {
            line = "set -o pipefail; sleep 3 | \(line) | cat"
        } else {
            line = "exec " + line
        }
        let result = try await APITestServer.with { server in
            server.addNamespace("headroom")
            let text = Self.kubeconfig.replacingOccurrences(of: "SERVER", with: server.url)
                .replacingOccurrences(of: "TOKEN", with: APITestServer.token)
            try folder.write("admin.conf", text)
            let process = try BoundedProcess(
                [
                    "/usr/bin/env", "-C", folder.path, "PATH=\(Self.build.path):/usr/bin:/bin", "KUBECONFIG=admin.conf", "NODE_NAME=n1",
                    "/bin/bash", "-c", line,
                ], in: folder, name: "example", seconds: 60)
            for _ in 0..<150 where process.poll() == nil { try await Task.sleep(for: .milliseconds(20)) }
            let hadEnded = process.poll() != nil
            return (hadEnded, try await hadEnded ? process.exitCode() : process.stop(SIGTERM))
        }
        await pages.server.close()
        let said = folder.text("example.err")
        #expect(result.1 == 0, "\(line): \(said)")
        #expect(
            !folder.text("example.out").isEmpty || !result.0 || line.contains("kubernetes") || line.contains("import"),
            "\(line) ends at once: \(said)")
    }
}
