import Agent
import TestSupport
import Testing

@testable import Settings

/// The agent takes the configurations of deploy/kubernetes.
@Suite struct ConfigMapTests {
    @Test(arguments: ["", "enforcing"]) func theConfigMapsFileIsTaken(folder: String) throws {
        let map = try Manifest.one("ConfigMap", "headroom-agent", in: folder)
        let text = try #require(map.root["data", "headroom.yaml"]?.text)
        let fixture = try ConfigurationFixture(text)
        #expect(fixture.problems == [])
        let settings = try fixture.load().settings
        #expect(settings.isEnforcing == (folder == "enforcing"))

        // What it names is mounted, and `connect` writes and asks where the agent reads and answers.
        let agent = try Manifest.one("DaemonSet", "headroom-agent")
        let pods = try #require(settings.agent.podFile)
        let arguments = try agent.container("connect")["args"]?.texts ?? []
        #expect(arguments.contains("--pods-file=\(pods)"))
        #expect(arguments.contains("--socket=\(settings.agent.runtimeDirectory.path)/headroom.sock"))
        func mounts(_ name: String) throws -> [(path: String, volume: String)] {
            try agent.container(name)["volumeMounts"]?.items.map {
                ($0["mountPath"]?.text ?? "", $0["name"]?.text ?? "")
            } ?? []
        }
        for path in [pods, settings.agent.runtimeDirectory.path + "/headroom.sock"] {
            let folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
            let volumes = try ["agent", "connect"].map { name in try mounts(name).first { $0.path == folder }?.volume }
            #expect(volumes[0] != nil && volumes[0] == volumes[1], "\(path)")
        }
        #expect(try mounts("agent").contains { $0.path == "/var/lib/headroom" })
        #expect(try mounts("agent").contains { $0.path == "/etc/headroom" })
    }
}
