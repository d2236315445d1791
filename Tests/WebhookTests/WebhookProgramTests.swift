import Foundation
import NIOSSL
import TestSupport
import Testing

/// The program itself, as the agent runs it: lines in, lines out.
@Suite struct WebhookProgramTests {
    static let program = BuiltProgram.path("headroom-connect")

    private static func line(_ id: Int, _ pool: String = "node", amount: Double = 4.5) -> String {
        #"{"type":"request","time_s":1732707000.5,"id":\#(id),"pool":"\#(pool)","resource":"cpu","field":"cpu_cores","amount":\#(amount),"change":1,"demand":2,"needed_by_s":1732707300.5,"reasons":["r"]}"#
            + "\n"
    }

    private func run(_ service: TestService, _ words: [String] = [], scheme: String = "http", input: String) async throws -> (
        code: Int32, output: String, errors: String
    ) {
        let scratch = try Scratch()
        let key = try scratch.write("key", Scratch.key)
        return try await Shell.run(
            [Self.program, "webhook"] + words + ["--url", "\(scheme)://localhost:\(service.port)/hook", "--key-file", key],
            input: input)
    }

    private func outcomes(_ output: String) throws -> [Int: [String]] {
        var found: [Int: [String]] = [:]
        for line in output.split(separator: "\n") {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            guard object["type"] as? String == "outcome" else { continue }
            found[try #require(object["id"] as? Int), default: []].append(try #require(object["outcome"] as? String))
        }
        return found
    }

    @Test func requestsAreAnsweredAndBadLinesAreNot() async throws {
        let service = try await TestService { call, number in
            if call.method == "GET" { return .json(200, #"{"outcome":"granted","amount":4}"#) }
            return String(decoding: call.body, as: UTF8.self).contains("\"pool\":\"slow\"")
                ? .json(202, #"{"outcome":"pending","poll":"/status","retry_after_s":0}"#)
                : .json(200, #"{"outcome":"granted"}"#)
        }
        let input =
            Self.line(1) + "\n{\n" + #"{"type":"request","id":2}"# + "\n" + #"{"type":"news"}"# + "\n"
            + String(repeating: "x", count: 70_000) + "\n" + Self.line(3, "slow") + Self.line(4, "web", amount: -1)
        let result = try await run(service, input: input)
        try await service.close()
        #expect(result.code == 0, "\(result.errors)")
        #expect(try outcomes(result.output) == [1: ["granted"], 3: ["pending", "granted"]])
        for told in ["there is no pool", "a line over 65536 bytes", "no JSON object", "amount is -1.0"] {
            #expect(result.errors.contains(told), "\(told): \(result.errors)")
        }
        #expect(!result.errors.contains(Scratch.key))
    }

    @Test func aLaterRequestTakesThePlaceOfOneThatIsUnderWay() async throws {
        let service = try await TestService { call, _ in
            String(decoding: call.body, as: UTF8.self).contains("\"id\":1,")
                ? .silence : .json(200, #"{"outcome":"granted"}"#)
        }
        let result = try await run(service, input: Self.line(1) + Self.line(2, amount: 5))
        try await service.close()
        #expect(try outcomes(result.output) == [2: ["granted"]])
    }

    /// The end of a file would look like the agent's, and requests would be called off.
    @Test func aFileInPlaceOfThePipeIsRefused() async throws {
        let scratch = try Scratch()
        let file = scratch.path + "/requests"
        try Self.line(1).write(toFile: file, atomically: true, encoding: .utf8)
        try "0123456789abcdef0123456789abcdef".write(toFile: scratch.path + "/key", atomically: true, encoding: .utf8)
        let result = try await Shell.run(
            ["sh", "-c", "exec '\(Self.program)' webhook --url https://x.example --key-file key < requests"], in: scratch.path)
        #expect(result.code == 2 && result.errors.contains("standard input is a file"), "\(result.code) \(result.errors)")
    }

    @Test func checkSaysWhetherAllIsRight() async throws {
        let service = try await TestService { _, number in number == 0 ? .json(204, "") : .json(403, "wrong key") }
        let good = try await run(service, ["check"], input: "")
        #expect(good.code == 0 && good.output.contains("takes our signature"))
        let bad = try await run(service, ["check"], input: "")
        try await service.close()
        #expect(bad.code == 1 && bad.errors.contains("the service answered 403: \"wrong key\""))
    }

    @Test func whatWasGivenUpCanBeSentAgain() async throws {
        let scratch = try Scratch()
        let dead = scratch.path + "/dead"
        let refusing = try await TestService { _, _ in .json(422, "no such pool") }
        let refused = try await run(refusing, ["serve", "--dead-letters", dead], input: Self.line(1) + Self.line(2, "web"))
        try await refusing.close()
        #expect(try outcomes(refused.output) == [1: ["denied"], 2: ["denied"]])
        let granting = try await TestService { _, _ in .json(200, #"{"outcome":"granted"}"#) }
        let replayed = try await run(granting, ["replay", "--dead-letters", dead], input: "")
        try await granting.close()
        #expect(replayed.code == 0 && granting.received.count == 2, "\(replayed.errors)")
        #expect(FileManager.default.fileExists(atPath: dead + ".sent") && !FileManager.default.fileExists(atPath: dead))
    }

    @Test func whatIsSentAgainIsAsWhoAskedFirstAndWhatIsRefusedStays() async throws {
        let scratch = try Scratch()
        let dead = scratch.path + "/dead"
        let refusing = try await TestService { _, _ in .json(422, "no such pool") }
        for (source, pool) in [("node-1", "a"), ("node-2", "b")] {
            _ = try await run(refusing, ["serve", "--dead-letters", dead, "--source", source], input: Self.line(1, pool))
        }
        let half = try await TestService { call, _ in
            String(decoding: call.body, as: UTF8.self).contains("\"pool\":\"a\"")
                ? .json(200, #"{"outcome":"granted"}"#) : .json(422, "not yet")
        }
        let first = try await run(half, ["replay", "--dead-letters", dead], input: "")
        #expect(first.code == 1 && first.errors.contains("1 of 2 were not sent"), "\(first.errors)")
        #expect(half.received.map { $0.headers["idempotency-key"]?.split(separator: "/").first } == ["node-1", "node-2"])
        let granting = try await TestService { _, _ in .json(200, #"{"outcome":"granted"}"#) }
        let second = try await run(granting, ["replay", "--dead-letters", dead], input: "")
        #expect(second.code == 0 && granting.received.count == 1, "what was sent is not sent again: \(second.output)")
        for service in [refusing, half, granting] { try await service.close() }
    }

    @Test func onlyTheRightCertificateIsTrusted() async throws {
        let scratch = try Scratch()
        for (name, subject) in [("right", "localhost"), ("wrong", "elsewhere.example")] {
            let made = try await Shell.run(
                [
                    "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "\(name).key",
                    "-out", "\(name).pem", "-subj", "/CN=\(subject)", "-addext", "subjectAltName=DNS:\(subject)",
                ],
                in: scratch.path)
            try #require(made.code == 0, "\(made.errors)")
        }
        func service(_ name: String) async throws -> TestService {
            let configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile("\(scratch.path)/\(name).pem").map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: "\(scratch.path)/\(name).key", format: .pem)))
            return try await TestService(tls: NIOSSLContext(configuration: configuration)) { _, _ in .json(200, "{}") }
        }
        let (right, wrong) = (try await service("right"), try await service("wrong"))
        /// What is complained of; nil where all is well.
        func check(_ service: TestService, _ authority: [String]) async throws -> String? {
            let result = try await run(service, ["check", "--attempt-timeout", "3"] + authority, scheme: "https", input: "")
            #expect(result.code == 0 || result.code == 1, "\(result.errors)")
            return result.code == 0 ? nil : result.errors
        }
        #expect(try await check(right, ["--ca-file", scratch.path + "/right.pem"]) == nil)
        let unknown = try #require(try await check(right, []), "an authority that nobody trusts")
        #expect(unknown.contains("not of an authority that is trusted here"), "\(unknown)")
        let named = try #require(
            try await check(wrong, ["--ca-file", scratch.path + "/wrong.pem"]), "a certificate for another name")
        #expect(named.contains("another host name"), "\(named)")
        let plain = try await TestService { _, _ in .json(200, "{}") }
        let spoken = try #require(try await check(plain, ["--ca-file", scratch.path + "/right.pem"]), "no TLS there")
        #expect(spoken.contains("http instead of https"), "\(spoken)")
        try await plain.close()
        #expect(wrong.received.isEmpty, "nothing is sent to whom is not trusted")
        try await right.close()
        try await wrong.close()
    }

    @Test(arguments: [
        (["--url", "https://x.example"], "--key-file is missing"),
        (["--url", "http://x.example", "--key-file", "k"], "neither private nor safe"),
        (["--url", "https://x.example", "--key-file", "k", "--give-up-after", "0"], "--give-up-after"),
    ])
    func wrongUsageIsToldBeforeAnythingIsSent(words: [String], told: String) async throws {
        let result = try await Shell.run([Self.program, "webhook"] + words)
        #expect(result.code == 2 && result.errors.contains(told), "\(result.code) \(result.errors)")
    }
}

/// The receiver that docs/webhook.md shows.
@Suite struct DocumentedReceiverTests {
    @Test func takesWhatIsSignedWithItsKeyAndNothingElse() async throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .resolvingSymlinksInPath().deletingLastPathComponent()
        let page = try String(contentsOf: root.appendingPathComponent("docs/webhook.md"), encoding: .utf8)
        let start = try #require(page.range(of: "```python\n")).upperBound
        let code = page[start...].prefix(upTo: try #require(page[start...].range(of: "\n```")).lowerBound)
        let scratch = try Scratch()
        let key = try scratch.write("key", Scratch.key)
        let wrong = try scratch.write("wrong", String(repeating: "w", count: 40))
        let held = try HeldPort()
        // Python itself: a version manager's shim would leave it running when it is ended.
        let python = try await Shell.run(["python3", "-c", "import sys; print(sys.executable)"])
        guard python.code == 0 else {
            print("SKIPPED: there is no python3 to run docs/webhook.md's receiver")
            return
        }
        let receiver = Process()
        receiver.executableURL = URL(fileURLWithPath: python.output.trimmingCharacters(in: .newlines))
        receiver.arguments = ["-c", String(code), key, String(held.port)]
        receiver.standardOutput = FileHandle.nullDevice
        receiver.standardError = FileHandle.nullDevice
        try receiver.run()
        defer { receiver.terminate() }
        func check(_ file: String) async throws -> Int32 {
            try await Shell.run([
                WebhookProgramTests.program, "webhook", "check", "--url", "http://127.0.0.1:\(held.port)/headroom", "--key-file", file,
            ]).code
        }
        for _ in 0..<200 {
            if try await check(key) == 0 { break }
            guard receiver.isRunning else { throw TestError("the receiver ended with \(receiver.terminationStatus)") }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(try await check(key) == 0)
        #expect(try await check(wrong) == 1)
    }
}
