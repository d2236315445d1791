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
        let mirror = Self.mirror("0123456789abcdef0123456789abcdef")
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
        try FileManager.default.removeItem(atPath: path)
        try writer.take(.changed(Self.pod("web-1", uid: "u-1", more: #","resourceVersion":"7""#, status: Self.running)))
        #expect(!FileManager.default.fileExists(atPath: path), "nothing that the file has changed")

        try writer.take(.removed(Self.pod("web-1", uid: "u-1")))
        #expect(try lines(path).count == 1)
        try writer.take(.synced([]))
        #expect(try lines(path).isEmpty)
    }

    /// As the kubelet makes it of a static pod.
    private static func mirror(_ hash: String) -> String {
        #","annotations":{"kubernetes.io/config.hash":"\#(hash)","kubernetes.io/config.mirror":"\#(hash)"},"#
            + #""ownerReferences":[{"apiVersion":"v1","kind":"Node","name":"n1","uid":"n","controller":true}]"#
    }

    private func written(_ pods: [NodePod]) throws -> (lines: [[String: Any]], leftOut: Int) {
        let path = NSTemporaryDirectory() + "pods-\(UUID().uuidString).jsonl"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var writer = PodFileWriter(path: path, naming: ApplicationNaming())
        try writer.take(.synced(pods))
        return (try lines(path), writer.leftOut)
    }

    /// Whoever may make pods may annotate them.
    @Test func noPodTakesAnothersUidByAnAnnotation() throws {
        let hash = #""kubernetes.io/config.hash":"victim""#
        let forged = [
            #","annotations":{\#(hash)}"#,
            #","annotations":{\#(hash),"kubernetes.io/config.mirror":"victim"}"#,
            #","annotations":{\#(hash)},"ownerReferences":[{"apiVersion":"v1","kind":"Node","name":"n","uid":"n"}]"#,
        ]
        for more in forged {
            let (lines, leftOut) = try written([Self.pod("a-thief", uid: "own", more: more), Self.pod("victim", uid: "victim")])
            #expect(lines.compactMap { $0["pod_uid"] as? String } == ["own", "victim"], "\(more)")
            #expect(leftOut == 0)
        }
        // Whatever it forges: whose own uid it is has it.
        let (lines, leftOut) = try written([
            Self.pod("a-thief", uid: "own", more: Self.mirror("victim")), Self.pod("victim", uid: "victim"),
        ])
        #expect(lines.compactMap { $0["pod"] as? String } == ["victim"] && leftOut == 1)
    }

    /// The agent reads no line of more than 64 KiB.
    @Test func noPodMakesALineThatIsTooLong() throws {
        let statuses = (0..<2_000).map {
            #"{"name":"c\#($0)","containerID":"containerd://\#(String(repeating: "0", count: 60))\#(1000 + $0)"}"#
        }.joined(separator: ",")
        let long = String(repeating: "x", count: 100_000)
        let owner = #","ownerReferences":[{"apiVersion":"x/v1","kind":"Thing","name":"\#(long)","uid":"o","controller":true}]"#
        let (lines, leftOut) = try written([
            Self.pod("many", uid: "u-1", status: #"{"ephemeralContainerStatuses":[\#(statuses)]}"#),
            Self.pod("owned", uid: "u-2", more: owner), Self.pod("web", uid: "u-3"),
        ])
        #expect(lines.compactMap { $0["pod"] as? String } == ["many", "owned", "web"] && leftOut == 0)
        for line in lines { #expect(try JSONSerialization.data(withJSONObject: line).count < 20_000) }
        #expect((lines[0]["containers"] as? [String: String])?.count ?? 0 > 100)
        #expect(lines[1]["application"] as? String == "shop/Pod/owned")
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
