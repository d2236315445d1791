import Aggregates
import Foundation
import HeadroomABI
import Testing

@testable import Agent

/// Windows say what their cgroup is, live and in replay.
@Suite struct IdentityLineTests {
    private static let id = String(repeating: "1a2b", count: 16)
    private static let uid = "2c48913c-b29f-11e7-9350-020968147796"
    private static let pod = "/kubepods/burstable/pod\(uid)"
    private static let cgroups = [
        "/docker", "/docker/\(id)", "/kubepods", "/kubepods/burstable", pod, "\(pod)/\(id)",
        "/nginx.service", "/plain",
    ]

    private func run(_ recording: String? = nil) throws -> [UInt8] {
        let live = try LiveRun(
            KernelScript(cgroups: 1), .small(), sink: JSONSink(descriptor: -1),
            recording: recording)
        for path in Self.cgroups { live.ingest(live.script.make(path)) }
        var output: [UInt8] = []
        for _ in 0..<3 {
            try live.tick { _ in KernelScript.Usage(cores: 0.1) }
            output += live.engine.sink.line.bytes
            live.engine.sink.line.removeAll()
        }
        return output
    }

    private func identities(_ output: [UInt8]) throws -> [String: [String: String]] {
        var identities: [String: [String: String]] = [:]
        for line in output.split(separator: UInt8(ascii: "\n")) {
            let object = try #require(
                JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
            guard object["type"] as? String == "window", let path = object["cgroup"] as? String
            else { continue }
            identities[path] = object["identity"] as? [String: String] ?? [:]
        }
        return identities
    }

    @Test func onlyFieldsThatExistAreWritten() throws {
        let identities = try identities(run())
        #expect(identities["/"] == ["kind": "root"])
        #expect(identities["/docker/\(Self.id)"] == ["kind": "docker", "container_id": Self.id])
        #expect(
            identities["\(Self.pod)/\(Self.id)"] == [
                "kind": "kubernetes_container", "container_id": Self.id, "pod_uid": Self.uid,
                "qos": "burstable",
            ])
        #expect(identities["/nginx.service"] == ["kind": "service", "unit": "nginx.service"])
        #expect(identities["/docker"] == [:])
        #expect(identities["/plain"] == [:])
    }

    @Test func replayHasTheSame() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("run.hrr")
        let live = try run(path)
        let replayed = try Replay.lines(path).output
        #expect(live == replayed)
        #expect(try !identities(replayed).isEmpty)
    }
}
