import TestSupport
import Testing

@testable import Telemetry

@Suite struct RequestParserTests {
    private static func outcome(_ text: String) -> Result<RequestParser.Outcome, HTTPRefusal> {
        do throws(HTTPRefusal) {
            return .success(try RequestParser.parse(Array(text.utf8)))
        } catch {
            return .failure(error)
        }
    }

    private static func status(_ text: String) -> HTTPStatus? {
        if case .failure(let refusal) = outcome(text) { return refusal.status }
        return nil
    }

    @Test func requestsOfScrapersAreUnderstood() throws {
        let text =
            "GET /metrics?x=1 HTTP/1.1\r\nHost: localhost:9417\r\nUser-Agent: Prometheus/2.42.0\r\n"
            + "Accept: application/openmetrics-text;version=1.0.0\r\nAccept:text/plain;q=0.5 \r\n\r\n"
        var wanted = HTTPRequest()
        wanted.path = "/metrics"
        wanted.query = "x=1"
        wanted.host = "localhost:9417"
        wanted.accept = "application/openmetrics-text;version=1.0.0, text/plain;q=0.5"
        #expect(Self.outcome(text + "GET /next") == .success(.request(wanted, text.utf8.count)))
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true), ("GET / HTTP/1.0\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", true),
    ])
    func connectionsAreKeptAsTheClientSays(text: String, isKept: Bool) {
        guard case .success(.request(let request, _)) = Self.outcome(text) else {
            Issue.record("not understood: \(text)")
            return
        }
        #expect(request.keepsAlive == isKept)
    }

    @Test(arguments: [
        ("GET http://localhost:1/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", "/healthz"),
        ("GET http://localhost HTTP/1.1\r\nHost: localhost\r\n\r\n", "/"),
        ("\r\nHEAD /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", "/healthz"),
    ])
    func unusualButGoodRequestsAreUnderstood(text: String, path: String) {
        guard case .success(.request(let request, let count)) = Self.outcome(text) else {
            Issue.record("not understood: \(text)")
            return
        }
        #expect(request.path == path && count == text.utf8.count)
    }

    @Test(
        arguments: [
            ("POST /metrics HTTP/1.1\r\nHost: a\r\n\r\n", .methodNotAllowed),
            ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", .methodNotAllowed),
            ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", .notImplemented),
            ("get / HTTP/1.1\r\nHost: a\r\n\r\n", .notImplemented),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", .versionNotSupported),
            ("GET / HTTP/1.1\r\n\r\n", .badRequest),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", .badRequest),
            ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", .badRequest),
            ("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", .badRequest),
            ("GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", .badRequest),
            ("GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", .badRequest),
            ("GET / HTTP/1.1\nHost: a\n\n", .badRequest),
            ("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", .badRequest),
            ("GET / HTTP/1.1\r\nHost: a\0\r\n\r\n", .badRequest),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", .badRequest),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", .contentTooLarge),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", .badRequest),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
                .badRequest
            ),
            ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest), ("GET /\r\n\r\n", .badRequest),
            ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .badRequest), ("\r\n\r\n", .badRequest),
            ("GET metrics HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
            ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
            ("GET /\u{fc} HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
            ("GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
            ("GET / HTTP/x.1\r\nHost: a\r\n\r\n", .badRequest),
            (
                "GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 65) + "\r\n",
                .headerTooLarge
            ),
            ("GET /" + String(repeating: "a", count: 8190), .headerTooLarge),
            (String(repeating: "\u{7f}", count: 3), .badRequest), ("\u{16}\u{3}\u{1}", .badRequest),
        ] as [(String, HTTPStatus)]
    )
    func whatCouldBeMisunderstoodIsRefused(text: String, status: HTTPStatus) {
        #expect(Self.status(text) == status, "\(text.debugDescription)")
    }

    @Test func partOfARequestIsWaitedFor() {
        let text = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for count in 0..<text.utf8.count {
            let part = String(decoding: text.utf8.prefix(count), as: UTF8.self)
            #expect(Self.outcome(part) == .success(.incomplete), "\(count)")
        }
    }

    @Test func noBytesBreakIt() throws {
        var random = SeededGenerator(seed: 7)
        let seeds = [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\r\n", "::::\r\n", "HEAD /x HTTP/1.0\r\n\r\n",
        ]
        for _ in 0..<20_000 {
            var bytes = Array(seeds.randomElement(using: &random)!.utf8)
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
                default: if bytes.count > 1 { bytes.remove(at: at) }
                }
            }
            if let outcome = try? RequestParser.parse(bytes), case .request(_, let count) = outcome {
                #expect(count > 0 && count <= bytes.count)
            }
        }
    }

    @Test(
        arguments: [
            ("cgroup=/a", "/a"), ("x=1&cgroup=%2Fsystem.slice%2Fa%20b", "/system.slice/a b"),
            ("cgroup=a+b", "a b"), ("cgroup", ""), ("cgroup=%zz", nil), ("cgroup=%2", nil),
            ("x=1", nil),
            ("cgroup=%ff", nil), ("", nil),
        ] as [(String, String?)]
    )
    func queriesAreDecoded(query: String, value: String?) {
        var request = HTTPRequest()
        request.query = query
        #expect(request.field("cgroup") == value)
    }

    @Test(
        arguments: [
            ("", .prometheus), ("*/*", .prometheus), ("text/html, */*;q=0.8", .prometheus),
            ("text/plain; version=0.0.4", .prometheus),
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
            ),
            ("application/openmetrics-text", .openMetrics),
            ("Application/OpenMetrics-Text; Version=1.0.0; q=0.2", .openMetrics),
            ("application/openmetrics-text;version=2.0.0", .prometheus),
            ("application/openmetrics-text;q=0", .prometheus),
            ("text/plain, application/openmetrics-text;q=0.5", .prometheus),
            (";;;,=q, application/openmetrics-text;q=x", .prometheus),
        ] as [(String, MetricPage.Format)]
    )
    func theFormatIsTheOneAskedFor(accept: String, format: MetricPage.Format) {
        #expect(Accept.format(accept) == format)
    }

    @Test(
        arguments: [
            ("localhost", true), ("LOCALHOST:9417", true), ("127.0.0.1:9417", true),
            ("127.1.2.3", true),
            ("[::1]:9417", true), ("[::1]", true), (nil, true), ("evil.example", false),
            ("127.0.0.1.evil.example", false), ("localhost.evil.example:80", false), ("", false),
            ("127.0.0.256", false), ("[::1]evil", false), ("[::1]:x", false),
            ("localhost:80:80", false),
        ] as [(String?, Bool)]
    )
    func onlyThisHostsNamesAreTaken(host: String?, isTaken: Bool) {
        #expect(HostCheck.isLoopback(host) == isTaken)
    }
}
