internal import FoundationEssentials
package import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Shows `/metrics`, `/healthz` and `/readyz` over HTTP, and nothing else.
package final class PageServer: Sendable {
    private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    package static let paths: Set<String> = ["/metrics", "/healthz", "/readyz"]

    private let options: PageServerOptions
    private let logger: Logger
    private let connections = Atomic<Int>(0)
    private let page: @Sendable (_ path: String, _ accept: String?) async -> Page

    /// - Parameter page: makes the answer for one of `paths`; may be called many times at once.
    package init(
        _ options: PageServerOptions, logger: Logger,
        page: @escaping @Sendable (_ path: String, _ accept: String?) async -> Page
    ) {
        self.options = options
        self.logger = logger
        self.page = page
    }

    /// Serves until it is cancelled.
    /// - Parameter started: told the port once it listens.
    /// - Throws: what keeps it from listening.
    package func run(started: @Sendable (Int) -> Void = { _ in }) async throws {
        let context = try options.tls.map { try NIOSSLContext(configuration: $0) }
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: options.host, port: options.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    // Who says nothing for so long, or takes nothing, is gone.
                    try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(120)))
                    try pipeline.addHandler(CloseWhenIdle())
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        started(server.channel.localAddress?.port ?? options.port)
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { incoming in
                for try await connection in incoming {
                    group.addTask { await self.serve(connection) }
                }
            }
        }
    }

    private func serve(_ connection: Connection) async {
        let isOver = connections.add(1, ordering: .relaxed).newValue > PageServerOptions.connectionLimit
        defer { connections.subtract(1, ordering: .relaxed) }
        // Whatever goes wrong with a connection is its client's to notice.
        try? await connection.executeThenClose { inbound, outbound in
            if isOver { return }
            var head: HTTPRequestHead?
            for try await part in inbound {
                switch part {
                case .head(let next): head = next
                case .body: continue
                case .end:
                    guard let request = head else { return }
                    let answer = await answer(request)
                    try await send(answer, to: request, outbound)
                    if !request.isKeepAlive { return }
                }
            }
        }
    }

    private func answer(_ request: HTTPRequestHead) async -> Page {
        guard request.method == .GET || request.method == .HEAD else {
            var refusal = Page.line(.methodNotAllowed, "only GET and HEAD are answered")
            refusal.headers.add(name: "allow", value: "GET, HEAD")
            return refusal
        }
        let path = String(request.uri.prefix { $0 != "?" })
        guard Self.paths.contains(path) else {
            return .line(.notFound, "there are /metrics, /healthz and /readyz")
        }
        // The kubelet's probes have no token, and what they learn is only whether all is well.
        if path == "/metrics", !isAdmitted(request.headers) {
            var refusal = Page.line(.unauthorized, "a bearer token is needed")
            refusal.headers.add(name: "www-authenticate", value: "Bearer")
            return refusal
        }
        return await page(path, request.headers.first(name: "accept"))
    }

    /// Compares all of the token whatever it is, so that the time taken tells nothing of it.
    private func isAdmitted(_ headers: HTTPHeaders) -> Bool {
        guard let file = options.tokenFile else { return true }
        guard let wanted = try? Data(contentsOf: URL(filePath: file)) else {
            logger.error("\(file) cannot be read: nobody is shown the metrics")
            return false
        }
        let expected = Array(wanted).drop { $0.isBlank }.reversed().drop { $0.isBlank }.reversed()
        let shown = headers.first(name: "authorization").map { Array($0.utf8) } ?? []
        let scheme = Array("bearer ".utf8)
        guard !expected.isEmpty, shown.count == scheme.count + expected.count else { return false }
        let hasScheme = String(decoding: shown.prefix(scheme.count), as: UTF8.self).lowercased() == "bearer "
        let difference = zip(shown.dropFirst(scheme.count), expected).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        return hasScheme && difference == 0
    }

    private func send(
        _ answer: Page, to request: HTTPRequestHead,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws {
        var headers = answer.headers
        headers.add(name: "content-length", value: String(answer.body.readableBytes))
        if !request.isKeepAlive { headers.add(name: "connection", value: "close") }
        try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)))
        if request.method != .HEAD { try await outbound.write(.body(.byteBuffer(answer.body))) }
        try await outbound.write(.end(nil))
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == 0x20 || (0x09...0x0d).contains(self) }
}

private final class CloseWhenIdle: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
