import Agent
import Foundation
import Glibc
import Testing

@testable import Telemetry

/// Who is answered, and that those who come one way do not starve those who come the other.
@Suite struct SurfaceTests {
    private static func file(_ text: String, mode: mode_t = 0o600) throws -> String {
        let path = NSTemporaryDirectory() + "headroom-token-\(UUID().uuidString)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        unsafe chmod(path, mode)
        return path
    }

    @Test(arguments: ["0123456789abcdef", "0123456789abcdef\n", "  tok-en._~+/0123456789==\r\n"])
    func aTokenIsReadWithoutTheBlanksAroundIt(text: String) throws {
        let path = try Self.file(text)
        defer { unsafe unlink(path) }
        let token = try BearerToken(file: path)
        let plain = text.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(token.isIn("Bearer \(plain)") && token.isIn("bearer  \(plain)"))
        for wrong in [
            nil, "", "Bearer", "Bearer ", plain, "Basic \(plain)", "Bearer \(plain)x", "Bearer \(plain.dropLast())x", "Bearer \(plain) x",
        ] {
            #expect(!token.isIn(wrong), "\(wrong ?? "none")")
        }
    }

    @Test(arguments: ["", "short", "two words of it 0123456789", "ümlaut-0123456789", String(repeating: "x", count: 513)])
    func whatIsNoTokenIsRefusedAndNotShown(text: String) throws {
        let path = try Self.file(text)
        defer { unsafe unlink(path) }
        let error = #expect(throws: AgentError.self) { _ = try BearerToken(file: path) }
        let said = error?.description ?? ""
        #expect(said.contains(path) && said.contains("expected 16 to 512 letters"))
        #expect(text.isEmpty || !said.contains(text))
    }

    @Test(arguments: [0o644, 0o604, 0o666, 0o601] as [mode_t])
    func aTokenThatOthersCanReadIsRefused(mode: mode_t) throws {
        let path = try Self.file("0123456789abcdef", mode: mode)
        defer { unsafe unlink(path) }
        let error = #expect(throws: AgentError.self) { _ = try BearerToken(file: path) }
        #expect(error?.description.contains("chmod 600") == true)
    }

    @Test func aFolderAPipeOrNothingIsNoToken() throws {
        let pipe = NSTemporaryDirectory() + "headroom-token-\(UUID().uuidString)"
        #expect(unsafe mkfifo(pipe, 0o600) == 0)
        defer { unsafe unlink(pipe) }
        for path in [pipe, "/tmp", "/nonexistent/token"] {
            #expect(throws: AgentError.self) { _ = try BearerToken(file: path) }
        }
    }

    @Test func rootTheOwnerAndTheGroupAreWelcomeAndNobodyElse() {
        func isWelcome(_ user: uid_t, _ groups: [gid_t]) -> Bool {
            PeerCheck.isWelcome(user: user, groups: groups, owner: 500, group: 42)
        }
        #expect(isWelcome(0, [0]) && isWelcome(500, [500]) && isWelcome(1000, [42]) && isWelcome(1000, [1000, 7, 42]))
        #expect(!isWelcome(1000, [1000]) && !isWelcome(65534, []) && !isWelcome(.max, [.max]))
    }

    @Test func twoAuthorizationsAreRefused() {
        let text = "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n"
        #expect(throws: HTTPRefusal(.badRequest, "more than one Authorization")) {
            _ = try RequestParser.parse(Array(text.utf8))
        }
    }

    /// Connections, requests and answers that nobody takes, of every user of the host over TCP.
    @Test func whoeverComesOverTCPTakesNothingOfTheSocket() throws {
        var limits = ServerLimits()
        limits.connections = 4
        limits.requestsPerSecond = 1
        limits.burst = 3
        limits.requestNanoseconds = 3_000_000_000
        let server = try ServerFixture(limits: limits)
        let strangers = try (0..<8).map { _ in try server.client(tcp: true) }
        for stranger in strangers { stranger.send("GET / ") }
        let many = try server.client()
        for _ in 0..<3 { #expect(many.get("/v1/plan")?.status == 200) }
        #expect(many.get("/v1/plan")?.status == 429)
        let other = try ServerFixture(limits: limits)
        let greedy = try other.client(tcp: true)
        for _ in 0..<5 { _ = greedy.get("/v1/plan") }
        #expect(try other.client().get("/v1/plan")?.status == 200)
    }

    /// There is nothing that a request could change.
    @Test(arguments: ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"])
    func noMethodWrites(method: String) throws {
        let server = try ServerFixture()
        for tcp in [false, true] {
            let client = try server.client(tcp: tcp)
            client.send("\(method) /v1/plan HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
            #expect(client.answer()?.status == 405)
        }
    }
}
