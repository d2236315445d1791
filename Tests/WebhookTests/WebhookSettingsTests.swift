import Capacity
import Foundation
import Testing

@testable import Webhook

/// What cannot be right is refused before anything is sent.
@Suite struct WebhookSettingsTests {
    @Test(arguments: ["https://a.example/x", "http://localhost:8080/x", "http://127.0.0.1/x", "http://[::1]:80/"])
    func addressesThatAreSafeAreTaken(text: String) throws {
        #expect(try WebhookURL(text).description.hasPrefix(text.hasSuffix("/") ? text : text))
    }

    @Test(arguments: [
        ("", "no URL"), ("a.example/x", "no URL"), ("ftp://a.example", "expected https"),
        ("http://a.example/x", "neither private nor safe"), ("http://127x.example/", "neither private nor safe"),
        ("https://user:secret@a.example/", "names a user"),
    ])
    func othersAreNot(text: String, told: String) {
        do throws(WebhookError) {
            _ = try WebhookURL(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect("\(error)".contains(told), "\(error)")
        }
    }

    @Test func aPollIsAtTheServiceItself() throws {
        let url = try WebhookURL("https://a.example:8443/hook")
        #expect(try url.resolving("/status?x=1").description == "https://a.example:8443/status?x=1")
        #expect(try url.resolving("https://a.example:8443/s").description == "https://a.example:8443/s")
        for other in ["https://a.example/s", "http://a.example:8443/s", "https://b.example:8443/s", "s", "//b.example/s"] {
            #expect(throws: WebhookError.self) { try url.resolving(other) }
        }
    }

    @Test func keysThatAreNoSecretsAreRefused() throws {
        let scratch = try Scratch()
        func refusal(_ file: String) -> String {
            do throws(WebhookError) {
                return try SigningKeys(files: [file]).signature(method: "POST", target: "/", body: [], unixSeconds: 1)
            } catch {
                return "\(error)"
            }
        }
        #expect(refusal(scratch.path + "/none").contains("No such file"))
        #expect(refusal(scratch.path).contains("no regular file"))
        #expect(try refusal(scratch.write("open", Scratch.key, mode: 0o644)).contains("every user can read it"))
        #expect(try refusal(scratch.write("short", "secret")).contains("the key has 6 bytes"))
        #expect(try refusal(scratch.write("long", String(repeating: "x", count: 5_000))).contains("expected 32 to 4096"))
        #expect(try refusal(scratch.write("good", " \(Scratch.key)\n", mode: 0o640)).hasPrefix("t=1,v1="))
        let secret = try scratch.write("secret", "tooshort-and-private")
        #expect(!refusal(secret).contains("tooshort"), "a secret is in no error text")
    }

    @Test(arguments: [
        ("120", 120), ("-5", 0), ("999999999", 86_400), ("Sun, 06 Nov 1994 08:49:37 GMT", 97),
        ("Sun, 06 Nov 1994 08:48:00 GMT", 0), ("Thu, 29 Feb 2024 00:00:00 GMT", 86_400),
    ])
    func waitsComeAsSecondsAndAsDates(text: String, seconds: Int) {
        #expect(RetryAfter.parse(text, now: 784_111_680) == .seconds(seconds))
    }

    @Test(arguments: ["", "soon", "1.5", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET"])
    func otherWordsAreNoWait(text: String) { #expect(RetryAfter.parse(text, now: 0) == nil) }

    @Test func dateArithmeticAgreesWithFoundation() throws {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        for day in stride(from: 0, to: 60_000, by: 17) {
            let time = Double(day) * 86_400 + 45_296
            #expect(
                RetryAfter.parse(format.string(from: Date(timeIntervalSince1970: time)), now: Int64(time) - 5)
                    == .seconds(5))
        }
    }

    @Test func aFullFileOfDeadLettersMakesRoomAndTheLastOfEachPoolIsSentAgain() async throws {
        let scratch = try Scratch()
        let letters = DeadLetters(path: scratch.path + "/dead", limit: 2_000)
        for id in 0..<40 {
            var request = WebhookServiceTests.request
            request.id = UInt64(id)
            request.pool = id % 2 == 0 ? "a" : "b"
            try await letters.add(request, why: "w", attempts: 1, url: "u", source: "s", now: Double(id))
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
        #expect(files == ["dead", "dead.1"])
        for file in files {
            let size = try FileManager.default.attributesOfItem(atPath: scratch.path + "/" + file)[.size] as? Int
            #expect(try #require(size) <= 2_000)
        }
        // A line that was being written when the host went down.
        try Self.cut(scratch.path + "/dead")
        let (kept, unreadable) = try await letters.take()
        #expect(kept.map(\.id) == [38, 39] && unreadable == 1)
        try await letters.clear()
        #expect(try await letters.take().letters.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["dead.sent"])
    }

    private static func cut(_ path: String) throws {
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        handle.write(Data("{\"id\":".utf8))
        try handle.close()
    }

    private static func letter(_ id: UInt64, _ pool: String = "a", amount: Double = 3) -> CapacityRequest {
        var request = WebhookServiceTests.request
        request.id = id
        request.pool = pool
        request.amount = amount
        request.chunks = [ChunkCount(shape: "big", count: 2), ChunkCount(shape: "small", count: 1)]
        return request
    }

    @Test func aLetterIsTheWholeRequest() async throws {
        let scratch = try Scratch()
        let letters = DeadLetters(path: scratch.path + "/dead")
        try await letters.add(Self.letter(1), why: "w", attempts: 1, url: "u", source: "node-1", now: 1)
        let kept = try #require(try await letters.take().letters.first)
        #expect(kept.request == Self.letter(1) && kept.source == "node-1")
    }

    /// The disk was full, or the host went down, while a line was written.
    @Test func aLineThatWasCutOffTakesNoLaterOneWithIt() async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/dead"
        let letters = DeadLetters(path: path)
        try await letters.add(Self.letter(1, "a"), why: "w", attempts: 1, url: "u", source: "s", now: 1)
        try Self.cut(path)
        try await letters.add(Self.letter(2, "b"), why: "w", attempts: 1, url: "u", source: "s", now: 2)
        let (kept, unreadable) = try await letters.take()
        #expect(kept.map(\.id) == [1, 2] && unreadable == 1)
        // What says that the first was sent is the one that follows now.
        try Self.cut(path + ".replay")
        try await letters.settle(kept[0], now: 3)
        #expect(try await letters.take().letters.map(\.id) == [2])
    }

    /// Of two that find the file full, the second would put the new one in place of the old.
    @Test(arguments: [false, true]) func whoMovesAFullFileIsWaitedFor(isReplay: Bool) async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/dead"
        let letters = DeadLetters(path: path, limit: 10)
        try await letters.add(Self.letter(1, "a"), why: "w", attempts: 1, url: "u", source: "s", now: 1)
        let descriptor = unsafe open(path, O_RDONLY)
        try #require(flock(descriptor, LOCK_EX) == 0)
        // No task, which may wait for the thread that waits for the lock.
        let (ended, end) = AsyncStream.makeStream(of: Bool.self)
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: 0.3)
            let isUntouched = FileManager.default.fileExists(atPath: path) && !FileManager.default.fileExists(atPath: path + ".1")
            unsafe rename(path, path + ".1")
            close(descriptor)
            end.yield(isUntouched)
            end.finish()
        }
        let taken: [DeadLetters.Letter]
        if isReplay {
            taken = try await letters.take().letters
        } else {
            try await letters.add(Self.letter(2, "b"), why: "w", attempts: 1, url: "u", source: "s", now: 2)
            taken = []
        }
        #expect(await ended.first { _ in true } == true, "it was moved under the lock of another")
        let rest = try await DeadLetters(path: path).take().letters
        #expect(rest.map(\.id) == (isReplay ? [1] : [1, 2]) && taken.map(\.id) == (isReplay ? [1] : []))
    }

    /// What is given up while a replay runs, and what one that failed in part has sent.
    @Test func aReplayLosesNothingThatComesMeanwhileAndSendsNothingTwice() async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/dead"
        let writer = DeadLetters(path: path)
        for (id, pool) in [(1, "a"), (2, "b"), (3, "c")] {
            try await writer.add(Self.letter(UInt64(id), pool), why: "w", attempts: 1, url: "u", source: "s", now: 1)
        }
        let replay = DeadLetters(path: path)
        let first = try await replay.take().letters
        #expect(first.map(\.id) == [1, 2, 3])
        // Meanwhile a is given up again, with more, b is answered, and d is new.
        try await writer.add(Self.letter(4, "a", amount: 8), why: "w", attempts: 1, url: "u", source: "s", now: 2)
        try await writer.settle(Self.letter(5, "b"), source: "s", now: 2)
        try await writer.add(Self.letter(6, "d"), why: "w", attempts: 1, url: "u", source: "s", now: 2)
        var outdated: [Bool] = []
        for letter in first { outdated.append(try await replay.isOutdated(letter)) }
        #expect(outdated == [true, true, false])
        try await replay.settle(first[2], now: 3)
        // It ends there. The next one goes on.
        let second = DeadLetters(path: path)
        let rest = try await second.take().letters
        #expect(rest.map(\.id) == [4, 6] && rest.first?.amount == 8)
        try await second.clear()
        #expect(try await DeadLetters(path: path).take().letters.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["dead.sent"])
    }

    @Test func severalWritersAndReplaysLoseNoLetter() async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/dead"
        let found = try await withThrowingTaskGroup(of: Set<String>.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    let letters = DeadLetters(path: path)
                    for id in 0..<50 {
                        try await letters.add(
                            Self.letter(UInt64(id), "\(writer)-\(id)"), why: "w", attempts: 1, url: "u", source: "s", now: 1)
                    }
                    return []
                }
            }
            group.addTask {
                var found: Set<String> = []
                for _ in 0..<30 {
                    let replay = DeadLetters(path: path)
                    found.formUnion(try await replay.take().letters.map(\.pool))
                    try await replay.clear()
                    try await Task.sleep(for: .milliseconds(2))
                }
                return found
            }
            return try await group.reduce(into: Set<String>()) { $0.formUnion($1) }
        }
        let left = Set(try await DeadLetters(path: path).take().letters.map(\.pool))
        #expect(found.union(left).count == 200)
    }
}
