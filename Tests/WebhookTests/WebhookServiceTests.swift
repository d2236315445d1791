import Aggregates
import Capacity
import Foundation
import Logging
import Synchronization
import Testing

@testable import Webhook

/// Against a real HTTP server: what it is asked, and what becomes of its answers.
@Suite struct WebhookServiceTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    static let request = CapacityRequest(
        id: 7, pool: "node", resource: .cpu, amount: 4.5, change: 1.25,
        requestedAtNanoseconds: 1_732_707_000_500_000_000,
        neededByNanoseconds: 1_732_707_300_500_000_000, reasons: ["because"])

    /// Serves `reply` while `body` calls the service.
    private func with<Value: Sendable>(
        _ reply: @escaping @Sendable (TestService.Call, Int) -> TestService.Reply,
        change: (inout WebhookOptions) -> Void = { _ in }, letters: DeadLetters? = nil,
        now: @escaping @Sendable () -> Double = { 1_732_707_001.9 },
        _ body: (WebhookService) async throws -> Value
    ) async throws -> (value: Value, calls: [TestService.Call]) {
        let scratch = try Scratch()
        let service = try await TestService(reply)
        var options = WebhookOptions(
            url: try WebhookURL("http://127.0.0.1:\(service.port)/capacity?zone=b"),
            keyFiles: [try scratch.write("key", Scratch.key + "\n")], source: "node-1", instance: "i0")
        options.backoffBase = .milliseconds(1)
        options.backoffCap = .milliseconds(4)
        options.pollInterval = .milliseconds(1)
        options.attemptLimit = .seconds(60)
        change(&options)
        let webhook = try WebhookService(options, deadLetters: letters, logger: Self.quiet, now: now)
        let value: Value
        do {
            value = try await body(webhook)
        } catch {
            await webhook.close()
            throw error
        }
        await webhook.close()
        try await service.close()
        return (value, service.received)
    }

    @Test func aRequestIsSignedAsOpensslWouldSignIt() async throws {
        let (outcome, calls) = try await with { _, _ in
            .json(200, #"{"outcome":"granted"}"#)
        } _: {
            await $0.reserve(Self.request) {}
        }
        #expect(outcome == .granted(amount: 4.5))
        let call = try #require(calls.first)
        #expect(call.method == "POST" && call.target == "/capacity?zone=b")
        #expect(call.headers["idempotency-key"] == "node-1/i0/7")
        #expect(call.headers["content-type"] == "application/json")
        let body = String(decoding: call.body, as: UTF8.self)
        let signed = try await Shell.run(
            ["openssl", "dgst", "-sha256", "-hmac", Scratch.key],
            input: "1732707001.POST /capacity?zone=b\n\(body)")
        let expected = try #require(signed.output.split(separator: " ").last?.trimmingCharacters(in: .newlines))
        #expect(call.headers["headroom-signature"] == "t=1732707001,v1=\(expected)")
    }

    @Test func anAttemptThatFailsIsMadeAgainUnderTheSameKey() async throws {
        let (outcome, calls) = try await with { _, number in
            switch number {
            case 0: .cut
            case 1: .json(503, "busy")
            case 2: .json(429, "slow down", ["retry-after": "0"])
            case 3: .json(425, "")
            default: .json(200, #"{"outcome":"partial","amount":3,"reason":"quota"}"#)
            }
        } _: {
            await $0.reserve(Self.request) {}
        }
        #expect(outcome == .partial(amount: 3, reason: "quota"))
        #expect(calls.count == 5)
        #expect(Set(calls.map { $0.headers["idempotency-key"] }).count == 1)
        #expect(Set(calls.map(\.body)).count == 1)
    }

    @Test(arguments: [
        (TestService.Reply.json(200, #"{"outcome":"denied","reason":"no"}"#), "no"),
        (.json(403, #"{"outcome":"denied","reason":"not yours"}"#), "not yours"),
        (.json(401, "who?"), "the service answered 401: \"who?\""),
        (.json(302, "", ["location": "/elsewhere"]), "the service answered 302, a redirect, which is not followed"),
        (.json(200, "<html>"), "the reply is no JSON object"),
        (.json(200, #"{"outcome":"maybe"}"#), "the reply's outcome is \"maybe\"; expected granted"),
        (.json(200, #"{"outcome":"partial"}"#), "the reply is partial and has no amount"),
        (.json(200, #"{"outcome":"granted","amount":-1}"#), "the reply grants -1"),
        (.json(200, #"{"outcome":"pending"}"#), "the reply is pending and has no poll"),
        (.json(200, #"{"outcome":"pending","poll":"http://evil.example/x"}"#), "poll: "),
        (.json(200, #"{"outcome":"pending","poll":"//evil.example/x"}"#), "poll: "),
    ])
    func whatCannotBeGrantedIsDeniedAtOnceAndSaysWhy(reply: TestService.Reply, why: String) async throws {
        let (outcome, calls) = try await with { _, _ in
            reply
        } _: {
            await $0.reserve(Self.request) {}
        }
        guard case .denied(let reason) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(reason.hasPrefix(why), "\(reason)")
        #expect(calls.count == 1)
    }

    @Test func whatIsPendingIsAskedAfterUntilItIsThere() async throws {
        let pendings = Mutex(0)
        let (outcome, calls) = try await with { call, number in
            switch number {
            case 0: .json(202, #"{"outcome":"pending","poll":"/status/7","retry_after_s":0}"#)
            case 1: .json(500, "")
            case 2: .json(200, #"{"outcome":"pending","poll":"/status/7b"}"#)
            default: .json(200, #"{"outcome":"granted","amount":5}"#)
            }
        } _: {
            await $0.reserve(Self.request) { pendings.withLock { $0 += 1 } }
        }
        #expect(outcome == .granted(amount: 5))
        #expect(pendings.withLock { $0 } == 1)
        #expect(calls.map(\.method) == ["POST", "GET", "GET", "GET"])
        #expect(calls.map(\.target).suffix(3) == ["/status/7", "/status/7", "/status/7b"])
        #expect(calls.allSatisfy { $0.headers["headroom-signature"] != nil })
    }

    @Test func aServiceThatNeverAnswersIsGivenUpAndItsRequestIsKept() async throws {
        let scratch = try Scratch()
        let letters = DeadLetters(path: scratch.path + "/dead.jsonl")
        let (outcome, _) = try await with(
            { _, _ in .silence },
            change: {
                $0.attemptLimit = .milliseconds(20)
                $0.giveUpAfter = .milliseconds(60)
            }, letters: letters
        ) { await $0.reserve(Self.request) {} }
        guard case .denied(let reason) = outcome else { throw TestError("\(outcome)") }
        let mode = try FileManager.default.attributesOfItem(atPath: scratch.path + "/dead.jsonl")[.posixPermissions]
        #expect(mode as? Int == 0o600)
        let (kept, unreadable) = try await letters.take()
        #expect(kept.count == 1 && unreadable == 0)
        #expect(kept[0].why == reason && kept[0].request == Self.request)
        #expect(kept[0].url.hasSuffix("/capacity?zone=b") && kept[0].given_up_at_s == 1_732_707_001.9)
    }

    @Test func whatWasGivenUpIsSettledByALaterAnswer() async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/dead.jsonl"
        var later = Self.request
        later.id = 8
        later.amount = 9
        var other = Self.request
        other.pool = "other"
        let requests = [Self.request, other, later]
        // The first of both pools is refused, what comes later of one is answered.
        _ = try await with(
            { _, number in number < 2 ? .json(422, "no") : .json(200, #"{"outcome":"granted"}"#) }, letters: DeadLetters(path: path)
        ) { webhook in
            for request in requests { _ = await webhook.reserve(request) {} }
        }
        #expect(try await DeadLetters(path: path).take().letters.map(\.pool) == ["other"], "4.5 cores would undo the 9")
    }

    /// The program is started anew between the two, and a replay has moved the file aside.
    @Test(arguments: [false, true]) func aLetterOfAnEarlierStartIsSettledToo(isAside: Bool) async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/dead.jsonl"
        try await DeadLetters(path: path).add(Self.request, why: "w", attempts: 1, url: "u", source: "node-1", now: 1)
        if isAside { _ = try await DeadLetters(path: path).take() }
        _ = try await with({ _, _ in .json(200, #"{"outcome":"denied","reason":"full"}"#) }, letters: DeadLetters(path: path)) {
            await $0.reserve(Self.request) {}
        }
        #expect(try await DeadLetters(path: path).take().letters.isEmpty)
    }

    @Test func aReplyWithoutEndIsNotRead() async throws {
        let (outcome, _) = try await with({ _, _ in .large(1 << 20) }, change: { $0.giveUpAfter = .milliseconds(1) }) {
            await $0.reserve(Self.request) {}
        }
        guard case .denied = outcome else { throw TestError("\(outcome)") }
    }

    @Test func aCancelledRequestEndsAtOnceAndIsNoDeadLetter() async throws {
        let scratch = try Scratch()
        let letters = DeadLetters(path: scratch.path + "/dead.jsonl")
        let (asked, told) = AsyncStream.makeStream(of: Void.self)
        _ = try await with(
            { _, _ in
                told.yield()
                return .silence
            }, letters: letters
        ) { webhook in
            let task = Task { await webhook.reserve(Self.request) {} }
            _ = await asked.first { _ in true }
            task.cancel()
            return await task.value
        }
        #expect(try await letters.take().letters.isEmpty)
    }

    @Test func aChangedKeyCountsAtOnceAndTwoKeysBothSign() async throws {
        let scratch = try Scratch()
        let first = try scratch.write("first", Scratch.key)
        let second = try scratch.write("second", String(repeating: "o", count: 40))
        let (_, calls) = try await with({ _, _ in .json(200, #"{"outcome":"granted"}"#) }, change: { $0.keyFiles = [first, second] }) {
            _ = await $0.reserve(Self.request) {}
            _ = try scratch.write("first", String(repeating: "n", count: 40))
            _ = await $0.reserve(Self.request) {}
        }
        let signatures = calls.map { call in
            (call.headers["headroom-signature"] ?? "").split(separator: ",").filter { $0.hasPrefix("v1=") }.map(String.init)
        }
        #expect(signatures.map(\.count) == [2, 2])
        #expect(signatures[0][0] != signatures[1][0] && signatures[0][1] == signatures[1][1])
    }

    @Test func whatThereIsIsReadWhereTheServiceTellsIt() async throws {
        let (found, calls) = try await with(
            { call, number in
                switch number {
                case 0: .json(200, #"{"ready":3,"pending":1.5,"allocatable":64}"#)
                case 1: .json(404, "")
                default: .json(200, #"{"ready":"many"}"#)
                }
            }, change: { $0.capacityURL = $0.url }
        ) { webhook in
            var found: [CapacityObservation?] = []
            for _ in 0..<3 { found.append(await webhook.observe(pool: "größe/1", .memory, demand: nil)) }
            return found
        }
        #expect(found == [CapacityObservation(ready: 3, pending: 1.5, allocatable: 64), nil, nil])
        #expect(calls[0].target == "/capacity?zone=b&pool=gr%C3%B6%C3%9Fe%2F1&resource=memory")
    }

    @Test func aPingAsksForNothing() async throws {
        let (_, calls) = try await with { _, _ in
            .json(204, "")
        } _: {
            try await $0.ping()
        }
        #expect(String(decoding: calls[0].body, as: UTF8.self) == #"{"source":"node-1","type":"ping","version":1}"#)
        await #expect(throws: WebhookError.self) {
            try await self.with { _, _ in
                .json(401, "bad signature")
            } _: {
                try await $0.ping()
            }
        }
    }
}

struct TestError: Error {
    let text: String

    init(_ text: String) { self.text = text }
}
