import Foundation
import KubernetesAPI
import Testing

@testable import KubernetesNode

/// The file that the agent reads has each pod of the node, by the uid that cgroups have.
@Suite struct PodFileWriterTests {
    private static func pod(_ name: String, uid: String, more: String = "", status: String = "{}") throws -> NodePod {
        try JSONDecoder().decode(
            NodePod.self,
            from: Data(
                #"{"metadata":{"name":"\#(name)","namespace":"shop","uid":"\#(uid)"\#(more)},"status":\#(status)}"#.utf8))
    }

    private static let running = """
        {"containerStatuses":[{"name":"web","containerID":"containerd://\(String(repeating: "1a", count: 32))"},
        {"name":"late"}],"initContainerStatuses":[{"name":"setup","containerID":"cri-o://\(String(repeating: "2b", count: 32))"}]}
        """

    private func lines(_ path: String) throws -> [[String: Any]] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test func theFileHasAllPodsAndIsWrittenOnlyForNews() throws {
        let path = NSTemporaryDirectory() + "pods-\(UUID().uuidString).jsonl"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var writer = PodFileWriter(path: path, naming: ApplicationNaming())
        let mirror = #","annotations":{"kubernetes.io/config.hash":"0123456789abcdef0123456789abcdef"}"#
        try writer.take(.synced([Self.pod("web-1", uid: "u-1"), Self.pod("etcd-n", uid: "u-2", more: mirror)]))
        var found = try lines(path)
        #expect(found.compactMap { $0["pod_uid"] as? String } == ["0123456789abcdef0123456789abcdef", "u-1"])
        #expect(found.compactMap { $0["pod"] as? String } == ["etcd-n", "web-1"])

        try writer.take(.changed(Self.pod("web-1", uid: "u-1", status: Self.running)))
        found = try lines(path)
        #expect(
            found[1]["containers"] as? [String: String] == [
                String(repeating: "1a", count: 32): "web", String(repeating: "2b", count: 32): "setup",
            ])
        let writes = writer.writes
        try writer.take(.changed(Self.pod("web-1", uid: "u-1", more: #","resourceVersion":"7""#, status: Self.running)))
        #expect(writer.writes == writes, "nothing that the file has changed")

        try writer.take(.removed(Self.pod("web-1", uid: "u-1")))
        #expect(try lines(path).count == 1)
        try writer.take(.synced([]))
        #expect(try lines(path).isEmpty)
    }

    /// What the agent's own reader makes of it is tested there; here that a full disk loses nothing.
    @Test func aFileThatCannotBeWrittenIsWrittenWithTheNextChange() throws {
        let folder = NSTemporaryDirectory() + "pods-\(UUID().uuidString)"
        var writer = PodFileWriter(path: folder + "/pods.jsonl", naming: ApplicationNaming())
        #expect(throws: (any Error).self) { try writer.take(.synced([Self.pod("web-1", uid: "u-1")])) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try writer.take(.changed(Self.pod("web-2", uid: "u-2")))
        #expect(try lines(folder + "/pods.jsonl").count == 2)
    }
}
