import Agent
import Foundation
import Glibc
import Probes
@testable import Telemetry
import TestSupport
import Testing

@Suite(.serialized) struct ServerTests {
    private func quick() -> ServerLimits {
        var limits = ServerLimits()
        limits.requestNanoseconds = 400_000_000
        limits.drainNanoseconds = 200_000_000
        limits.requestsPerSecond = 1e6
        limits.burst = 1e6
        return limits
    }

    @Test(arguments: [false, true])
    func everyPageIsThere(tcp: Bool) throws {
        let server = try ServerFixture()
        let client = try server.client(tcp: tcp)
        // One connection for all.
        for (path, status) in [
            ("/", 200), ("/metrics", 200), ("/v1/windows", 200), ("/v1/forecasts", 200),
            ("/v1/plan", 200), ("/v1/events", 200), ("/nothing", 404), ("/metrics/", 404),
        ] {
            let answer = try #require(client.get(path))
            #expect(answer.status == status, "\(path)")
            if path.hasPrefix("/v1/") {
                #expect(answer.head.contains("Content-Type: application/json\r\n"))
                #expect(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) is [Any])
            }
        }
    }

    @Test func theNodesOfIPv6AreServed() throws {
        let server = try ServerFixture(ipv6: true)
        #expect(server.server.port != 0)
    }

    @Test func metricsComeInTheFormatAskedFor() throws {
        let server = try ServerFixture()
        let client = try server.client()
        let plain = try #require(client.get("/metrics"))
        #expect(plain.head.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
        let open = try #require(
            client.get("/metrics", "Accept: application/openmetrics-text; version=1.0.0\r\n")
        )
        #expect(
            open.head.contains(
                "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"
            )
        )
        #expect(open.body.hasSuffix("# EOF\n"))
        #expect(
            try Exposition(Array(plain.body.utf8)).all("headroom_cgroup_cpu_seconds_total").count
                == 201
        )
    }

    @Test func headIsAnAnswerWithoutABody() throws {
        let server = try ServerFixture()
        let client = try server.client()
        client.send("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let head = try #require(client.answer(isHead: true))
        #expect(head.status == 200 && !head.head.contains("Content-Length: 0"))
        #expect(client.get("/healthz")?.status == 503)
    }

    @Test func windowsOfOneCgroupCanBeAskedFor() throws {
        let server = try ServerFixture()
        let client = try server.client()
        let one = try #require(client.get("/v1/windows?cgroup=%2Fleaf7"))
        let objects = try #require(
            try JSONSerialization.jsonObject(with: Data(one.body.utf8)) as? [[String: Any]]
        )
        #expect(objects.map { $0["cgroup"] as? String } == ["/leaf7"])
        #expect(objects[0]["type"] as? String == "window")
        #expect(objects[0]["cpu_usage_ns"] as? Int == 7000)
        let forecasts = try #require(client.get("/v1/forecasts?cgroup=/leaf7"))
        #expect(forecasts.body.contains("\"peak\":{\"q0.5\":8,\"q0.95\":9}"))
        #expect(client.get("/v1/windows?cgroup=/leaf")?.body == "[\n]\n")
    }

    @Test(arguments: [
        ("GET /metrics\r\n\r\n", "400"),
        ("POST /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", "405"),
        ("GET /metrics HTTP/1.1\r\n\r\n", "400"),
        ("FETCH / HTTP/1.1\r\nHost: localhost\r\n\r\n", "501"),
        ("GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", "505"),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", "413"),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + String(repeating: "y", count: 20_000), "431"),
        ("GET /" + String(repeating: "z", count: 200_000), "431"),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}", "400"), ("\0\0\0\0", "400"),
    ])
    func malformedRequestsAreAnsweredAndClosed(text: String, status: String) throws {
        let server = try ServerFixture(limits: quick())
        for tcp in [false, true] {
            let client = try server.client(tcp: tcp)
            client.send(text)
            let answer = client.rest()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer.prefix(80))")
            #expect(answer.contains("\r\nConnection: close\r\n"))
            #expect(try server.client(tcp: tcp).get("/v1/plan")?.status == 200)
        }
    }

    @Test func binaryNoiseOnlyClosesItsOwnConnection() throws {
        // Long enough for a request to be read on a machine that has other work too.
        var limits = quick()
        limits.requestNanoseconds = 2_000_000_000
        let server = try ServerFixture(limits: limits)
        var random = SeededGenerator(seed: 99)
        let good = try server.client()
        for _ in 0..<60 {
            let client = try server.client(tcp: Bool.random(using: &random))
            client.send(
                (0..<Int.random(in: 1...9000, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            )
            if Bool.random(using: &random) { _ = client.rest() }
        }
        #expect(good.get("/v1/plan")?.status == 200)
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() throws {
        // Long enough for them to be read on a machine that has other work too.
        var limits = quick()
        limits.requestNanoseconds = 2_000_000_000
        let server = try ServerFixture(limits: limits)
        let client = try server.client()
        let paths = ["/v1/plan", "/nothing", "/v1/windows?cgroup=/leaf3", "/", "/metrics"]
        client.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: localhost\r\n\r\n" }.joined())
        #expect(paths.indices.map { _ in client.answer()?.status } == [200, 404, 200, 200, 200])
        // More at once than a head may be long.
        let many = 1000
        DispatchQueue.global().async {
            client.send(
                String(repeating: "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", count: many)
            )
        }
        for _ in 0..<many { #expect(client.answer()?.status == 404) }
    }

    @Test func aHeadInPiecesIsPutTogether() throws {
        let server = try ServerFixture()
        let client = try server.client()
        for byte in "GET /v1/plan HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8 {
            client.send([byte])
            usleep(2000)
        }
        #expect(client.answer()?.status == 200)
    }

    /// Slow-loris: bytes that come are no reason to wait longer.
    @Test func slowHeadsAreCutOff() throws {
        let server = try ServerFixture(limits: quick())
        let start = MonotonicClock.now()
        let slow = try (0..<20).map { _ in try server.client() }
        for round in 0..<20 {
            slow.forEach { $0.send(round == 0 ? "GET / HTTP/1.1\r\n" : "X: y\r\n") }
            // Others are served meanwhile.
            #expect(try server.client().get("/v1/plan")?.status == 200)
            usleep(50_000)
        }
        #expect(MonotonicClock.now() - start > 900_000_000)
        for client in slow { #expect(client.rest().isEmpty) }
        #expect(try server.counted("headroom_http_hindered_total{reason=\"too_slow\"}") == 20)
    }

    @Test func clientsThatTakeNothingHoldNobodyUp() throws {
        let server = try ServerFixture(limits: quick())
        let deaf = try (0..<10).map { _ in try server.client() }
        for client in deaf { client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n") }
        #expect(try server.client().get("/metrics")?.status == 200)
        usleep(700_000)
        for client in deaf {
            // What the kernel had taken, and then the end.
            #expect(!client.rest().hasSuffix("# EOF\n"))
        }
        #expect(try server.client().get("/metrics")?.status == 200)
    }

    @Test func connectionsAreBoundedAndIdleOnesMakeRoom() throws {
        var limits = quick()
        limits.connections = 4
        let server = try ServerFixture(limits: limits)
        let idle = try (0..<4).map { _ in try server.client() }
        for client in idle { #expect(client.get("/v1/plan")?.status == 200) }
        let fifth = try server.client()
        #expect(fifth.get("/v1/plan")?.status == 200)
        // The one that was idle longest has gone.
        #expect(idle[0].rest().isEmpty)
        #expect(idle[3].get("/v1/plan")?.status == 200)
        // Those in the middle of a request do not go: the next waits until they are cut off.
        let busy = try (0..<4).map { _ in try server.client() }
        busy.forEach { $0.send("GET / ") }
        usleep(100_000)
        let waiting = try server.client()
        #expect(waiting.get("/v1/plan")?.status == 200)
        #expect(try server.counted("headroom_http_hindered_total{reason=\"made_room\"}") ?? 0 >= 1)
    }

    @Test func refusalsAreCountedByTheirCode() throws {
        let server = try ServerFixture(limits: quick())
        for text in ["\0\0\0\0", "DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n"] {
            let client = try server.client()
            client.send(text)
            #expect(!client.rest().isEmpty)
        }
        for code in ["400", "405"] { #expect(try server.counted("headroom_http_responses_total{code=\"\(code)\"}") == 1) }
    }

    @Test func tooManyRequestsAreRefused() throws {
        var limits = ServerLimits()
        limits.requestsPerSecond = 1
        limits.burst = 3
        let server = try ServerFixture(limits: limits)
        let client = try server.client()
        #expect((0..<4).map { _ in client.get("/v1/plan")?.status } == [200, 200, 200, 429])
    }

    @Test func answersThatNobodyTakesAreBounded() throws {
        var limits = quick()
        limits.requestNanoseconds = 3_000_000_000
        limits.heldBytes = 1
        let server = try ServerFixture(limits: limits)
        let deaf = try server.client()
        deaf.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        usleep(100_000)
        let status = try server.client().get("/v1/plan")?.status
        // The page may have fitted the kernel's buffer; then nothing is held.
        #expect(status == 503 || status == 200)
    }

    @Test func aPageFromElsewhereIsNotServedOverTCP() throws {
        let server = try ServerFixture()
        let client = try server.client(tcp: true)
        client.send("GET /metrics HTTP/1.1\r\nHost: attacker.example\r\n\r\n")
        #expect(client.answer()?.status == 421)
        let local = try server.client()
        local.send("GET /metrics HTTP/1.1\r\nHost: whatever\r\n\r\n")
        #expect(local.answer()?.status == 200)
    }

    @Test func theSocketIsTheGroupsAndGoesWithTheServer() throws {
        let server = try ServerFixture()
        var facts = stat()
        #expect(unsafe stat(server.socket, &facts) == 0)
        #expect(facts.st_mode & S_IFMT == S_IFSOCK && facts.st_mode & 0o777 == 0o660)
        server.server.stop()
        #expect(unsafe access(server.socket, F_OK) != 0)
        server.server.stop()
    }

    @Test func aSocketOfAnAgentThatWasKilledIsReplaced() throws {
        let directory = "/tmp/headroom-telemetry-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/headroom.sock"
        let stale = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: path.utf8)
        }
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(stale, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        close(stale)
        let listener = try Listener(path: path)
        #expect(try Client(path, 0).send("x"))
        _ = consume listener
    }

    @Test func somethingElseInTheSocketsPlaceIsLeftAlone() throws {
        let path = "/tmp/headroom-telemetry-\(UUID().uuidString.prefix(8))"
        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: AgentError.self) { _ = try Listener(path: path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("precious".utf8))
        #expect(throws: AgentError.self) {
            _ = try Listener(path: "/tmp/" + String(repeating: "long", count: 30))
        }
    }

    @Test func aPortThatIsTakenIsSaid() throws {
        let server = try ServerFixture()
        let address = try LoopbackAddress("127.0.0.1:\(server.server.port!)")
        let error = #expect(throws: AgentError.self) { _ = try Listener(address) }
        #expect(error?.description.contains("another program has it") == true)
    }

    @Test func stoppingCutsClientsOff() throws {
        let server = try ServerFixture()
        let client = try server.client()
        #expect(client.get("/v1/plan")?.status == 200)
        server.server.stop()
        #expect(client.rest().isEmpty)
    }
}
