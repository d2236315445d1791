import Aggregates
import Foundation
import Logging
import Testing

@testable import Agent

/// Pods get their names from a file, and their replicas what they know.
@Suite struct PodFileTests {
    private static let id = String(repeating: "1a2b", count: 16)

    @Test func eachLineIsAPod() throws {
        let text = """
            {"pod_uid":"u-1","namespace":"shop","pod":"web-1","application":"shop/Deployment/web","containers":{"\(Self.id)":"web"},"labels":{"a":"b"}}

            {"pod_uid":"u-2","namespace":"größe","pod":"db-0","application":"größe/StatefulSet/db"}

            """
        #expect(
            PodFile.parse(Array(text.utf8)).pods == [
                Pod(
                    uid: "u-1", namespace: "shop", name: "web-1", application: "shop/Deployment/web",
                    containers: [Self.id: "web"]),
                Pod(uid: "u-2", namespace: "größe", name: "db-0", application: "größe/StatefulSet/db"),
            ])
        #expect(PodFile.parse([]) == PodFile.Reading())
    }

    @Test(arguments: [
        ("[]", "line 1: no JSON object"), ("\n{", "line 2: no JSON object"),
        ("{\"pod_uid\":\"u\"}", "line 1: there is no namespace"),
        ("{\"pod_uid\":7}", "line 1: pod_uid is no text"), ("{\"pod_uid\":\"\"}", "line 1: pod_uid is no text"),
        (
            "{\"pod_uid\":\"u\",\"namespace\":\"n\",\"pod\":\"p\",\"application\":\"a\",\"containers\":[]}",
            "line 1: containers is no object"
        ),
        (
            "{\"pod_uid\":\"u\",\"namespace\":\"n\",\"pod\":\"p\",\"application\":\"a\",\"containers\":{\"x\":1}}",
            "line 1: containers: x has no name"
        ),
        ("{\"pod_uid\":\"\(String(repeating: "u", count: 65_536))\"}", "expected at most 65536"),
    ])
    func aLineThatIsNoPodCostsNoOtherItsName(text: String, told: String) throws {
        let good = "{\"pod_uid\":\"good\",\"namespace\":\"n\",\"pod\":\"p\",\"application\":\"a\"}"
        let reading = PodFile.parse(Array("\(text)\n\(good)".utf8))
        #expect(reading.pods.map(\.uid) == ["good"] && reading.skipped == 1)
        #expect("\(try #require(reading.first))".contains(told))
        let alone = PodFile.parse(Array(text.utf8))
        #expect(alone.isUnusable && alone.pods.isEmpty)
    }

    @Test func aUidTwiceIsTheFirstOnes() throws {
        func line(_ name: String) -> String {
            "{\"pod_uid\":\"u\",\"namespace\":\"n\",\"pod\":\"\(name)\",\"application\":\"a\"}\n"
        }
        let reading = PodFile.parse(Array((line("first") + line("second")).utf8))
        #expect(reading.pods.map(\.name) == ["first"] && reading.skipped == 1)
        #expect(reading.first == PodFile.Refusal(line: 2, reason: "line 1 has the same pod_uid"))
        let identity = CgroupIdentity(path: Self.path("00"))
        let pods = ["first", "second"].map {
            Pod(uid: Self.uid("00"), namespace: "n", name: $0, application: "a")
        }
        #expect(PodDirectory(pods).workload(of: identity)?.pod == "first")
    }

    @Test func morePodsThanANodeHasAreCountedOneByOne() {
        let text = (0..<PodFile.podLimit + 3).map {
            "{\"pod_uid\":\"u\($0)\",\"namespace\":\"n\",\"pod\":\"p\",\"application\":\"a\"}"
        }.joined(separator: "\n")
        let reading = PodFile.parse(Array(text.utf8))
        #expect(reading.pods.count == PodFile.podLimit && reading.skipped == 3)
    }

    @Test func theFileIsReadWhenItWasWrittenAndABadOneChangesNothing() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("pods.jsonl")
        var reader = PodReader(path: path, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        #expect(reader.read() == nil)
        func write(_ text: String) throws {
            // As a writer does it that nobody sees half done: a file of another inode.
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let line = "{\"pod_uid\":\"u\",\"namespace\":\"n\",\"pod\":\"p\",\"application\":\"a\"}\n"
        try write(line)
        #expect(reader.read()?.count == 1)
        #expect(reader.read() == nil, "no news")
        try write("{\"pod_uid\"")
        #expect(reader.read() == nil, "no line of it is a pod: what was known stays")
        try write(line + "{\"pod_uid\"\n" + line.replacingOccurrences(of: "\"u\"", with: "\"w\""))
        #expect(reader.read()?.map(\.uid) == ["u", "w"])
        #expect(reader.read() == nil)
        try write(line + line.replacingOccurrences(of: "\"u\"", with: "\"v\""))
        #expect(reader.read()?.map(\.uid) == ["u", "v"])
    }

    // MARK: In the engine

    private static func path(_ pod: String) -> String { "/kubepods/burstable/pod\(uid(pod))" }
    private static func uid(_ pod: String) -> String { "2c48913c-b29f-11e7-9350-0209681477\(pod)" }
    private static func pod(_ pod: String, of application: String) -> Pod {
        Pod(
            uid: uid(pod), namespace: "shop", name: "pod-\(pod)", application: application,
            containers: [id: "main"])
    }

    /// Little, and for two seconds in twenty a lot.
    private static func bursts(_ second: Int) -> KernelScript.Usage {
        .init(cores: second % 20 < 2 ? 3 : 0.2, memoryBytes: 100e6)
    }

    /// The 0.95 quantile of CPU that a pod of `web` is forecast in its first ten seconds, none of them a
    /// burst, when it is told `late` seconds after it began.
    private func first(late: Int, named: Bool = true, of application: String = "shop/Deployment/web") throws -> Double {
        let live = try LiveRun(
            KernelScript(cgroups: 0), .small(horizonsSeconds: [5, 20], planned: [.cpu]),
            sink: CapturingSink())
        live.engine.name([Self.pod("00", of: "shop/Deployment/web")])
        live.ingest(live.script.make("/kubepods"))
        live.ingest(live.script.make("/kubepods/burstable"))
        live.ingest(live.script.make(Self.path("00")))
        for second in 0..<1_200 { try live.tick { $0 == Self.path("00") ? Self.bursts(second) : .init() } }
        live.ingest(live.script.make(Self.path("01")))
        for second in 1_206..<1_216 {
            if named, second - 1_206 == late {
                live.engine.name([
                    Self.pod("00", of: "shop/Deployment/web"), Self.pod("01", of: application),
                ])
            }
            try live.tick { $0.hasPrefix("/kubepods/burstable/") ? Self.bursts(second) : .init() }
        }
        let issued = try #require(
            live.engine.sink.forecasts.last { $0.path == Self.path("01") && $0.resource == .cpu })
        return issued.values[try #require(issued.quantiles.firstIndex(of: 0.95))]
    }

    @Test func aNewReplicaExpectsWhatItsApplicationHasSeen() throws {
        let stranger = try first(late: 0, named: false)
        #expect(stranger < 1)
        #expect(try first(late: 0) > 5 * stranger, "named before its first window")
        #expect(try first(late: 4) > 5 * stranger, "named when it had run a while")
        #expect(try first(late: 0, of: "shop/Deployment/other") < 1, "another application")
    }

    @Test func windowsAndRecordingsHaveWhatWasTold() throws {
        let container = "\(Self.path("00"))/\(Self.id)"
        let live = try LiveRun(KernelScript(cgroups: 0), .small(), sink: JSONSink(descriptor: -1))
        for path in ["/kubepods", "/kubepods/burstable", Self.path("00"), container] {
            live.ingest(live.script.make(path))
        }
        func applications() throws -> [String: [String]] {
            live.engine.sink.line.removeAll()
            try live.tick { _ in .init(cores: 0.1) }
            var found: [String: [String]] = [:]
            for line in live.engine.sink.line.bytes.split(separator: UInt8(ascii: "\n")) {
                guard let object = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any],
                    let identity = object["identity"] as? [String: String], let path = object["cgroup"] as? String
                else { continue }
                let told = ["application", "namespace", "pod", "container"].compactMap { identity[$0] }
                if !told.isEmpty { found[path] = told }
            }
            return found
        }
        _ = try applications()
        #expect(try applications() == [:])
        live.engine.name([Self.pod("00", of: "shop/Deployment/web")])
        #expect(
            try applications() == [
                Self.path("00"): ["shop/Deployment/web", "shop", "pod-00"],
                container: ["shop/Deployment/web", "shop", "pod-00", "main"],
            ])
        live.engine.name([])
        #expect(try applications() == [:], "a pod that is not told of any more has no name")

        let pods = [Self.pod("00", of: "größe/Deployment/web"), Self.pod("01", of: "")]
        let frame = RecordingFrame.pods(pods)
        guard case .pods(let read) = RecordingFrame(kind: frame.kind, payload: frame.payload) else {
            Issue.record("no pods came back")
            return
        }
        #expect(read == pods)
    }
}
