import AsyncHTTPClient
import Connect
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import KubernetesNode

/// What the cluster sees of an agent that listens on a Unix socket alone.
@Suite struct MetricsProxyTests {
    /// An agent's socket: tells what it was asked.
    private final class Agent: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        /// It begins its answers, and says no more.
        private let stalls: Bool

        init(stalls: Bool) { self.stalls = stalls }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .head(let head) = unwrapInboundIn(data) else { return }
            let accept = head.headers.first(name: "accept") ?? "none"
            let host = head.headers.first(name: "host") ?? "none"
            let body = ByteBuffer(string: "\(head.uri) \(accept) \(host)")
            if stalls {
                context.writeAndFlush(
                    wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: ["content-length": "9"]))), promise: nil)
                return
            }
            let status: HTTPResponseStatus = head.uri == "/readyz" ? .serviceUnavailable : .ok
            let headers: HTTPHeaders = [
                "content-type": "text/plain; version=0.0.4", "content-length": "\(body.readableBytes)",
            ]
            context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }

    private struct Answer: Equatable {
        var status: UInt
        var body: String
    }

    /// - Parameter ask: given the proxy's port.
    private func withProxy<Value: Sendable>(
        token: String? = nil, hasAgent: Bool = true, stalls: Bool = false, limit: Duration = .seconds(10),
        _ ask: @Sendable @escaping (HTTPClient, Int) async throws -> Value
    ) async throws -> Value {
        let folder = NSTemporaryDirectory() + "hp-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let socket = folder + "/headroom.sock"
        let agent =
            hasAgent
            ? try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                        try channel.pipeline.syncOperations.addHandler(Agent(stalls: stalls))
                    }
                }
                .bind(unixDomainSocketPath: socket).get() : nil
        if let token { try token.write(toFile: folder + "/token", atomically: true, encoding: .utf8) }
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let proxy = MetricsProxy(
            socket: socket,
            PageServerOptions(host: "127.0.0.1", port: 0, tokenFile: token == nil ? nil : folder + "/token"),
            client: client, limit: limit, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (ports, told) = AsyncStream.makeStream(of: Int.self)
        let value = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await proxy.run { told.yield($0) } }
            let port = try #require(await ports.first { _ in true })
            defer { group.cancelAll() }
            return try await ask(client, port)
        }
        try await agent?.close()
        try await client.shutdown()
        return value
    }

    private static func get(
        _ client: HTTPClient, _ port: Int, _ path: String, method: HTTPMethod = .GET,
        _ headers: HTTPHeaders = [:]
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method
        request.headers = headers
        let response = try await client.execute(request, timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 1 << 20)
        return Answer(status: response.status.code, body: String(buffer: body))
    }

    @Test func metricsAndHealthArePassedOnAndNothingElse() async throws {
        let answers = try await withProxy { client, port in
            [
                try await Self.get(client, port, "/metrics", ["accept": "text/plain"]),
                try await Self.get(client, port, "/metrics?x=1"),
                try await Self.get(client, port, "/readyz"),
                try await Self.get(client, port, "/v1/windows"),
                try await Self.get(client, port, "/metrics", method: .POST),
                try await Self.get(client, port, "/healthz", method: .HEAD),
            ]
        }
        #expect(answers[0] == Answer(status: 200, body: "/metrics text/plain localhost"))
        #expect(answers[1] == Answer(status: 200, body: "/metrics none localhost"), "no query is passed on")
        #expect(answers[2].status == 503 && answers[2].body.hasPrefix("/readyz"))
        #expect(answers[3].status == 404)
        #expect(answers[4].status == 405)
        #expect(answers[5] == Answer(status: 200, body: ""))
    }

    @Test func metricsAreForThoseWithTheTokenWhereThereIsOne() async throws {
        let answers = try await withProxy(token: "s3cret\n") { client, port in
            var answers: [UInt] = []
            for shown in ["Bearer s3cret", "bearer s3cret", "Bearer s3cres", "Bearer s3cret2", "Basic s3cret", ""] {
                answers.append(try await Self.get(client, port, "/metrics", ["authorization": shown]).status)
            }
            answers.append(try await Self.get(client, port, "/healthz").status)
            return answers
        }
        #expect(answers == [200, 200, 401, 401, 401, 401, 200])
    }

    @Test func anAgentThatIsNotThereIsABadGateway() async throws {
        let answer = try await withProxy(hasAgent: false) { try await Self.get($0, $1, "/metrics") }
        #expect(answer == Answer(status: 502, body: "the agent does not answer\n"))
    }

    @Test func anAgentThatBeginsAnAnswerAndSaysNoMoreIsABadGateway() async throws {
        let begin = ContinuousClock.now
        let answer = try await withProxy(stalls: true, limit: .milliseconds(300)) { try await Self.get($0, $1, "/metrics") }
        #expect(answer.status == 502 && .now - begin < .seconds(50))
    }
}
