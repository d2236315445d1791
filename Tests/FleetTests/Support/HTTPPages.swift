import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A real HTTP server on loopback that answers as a test says: an agent's pages, or what stands where
/// Prometheus should.
final class HTTPPages: Sendable {
    enum Page: Sendable {
        case text(Int, String)
        /// Announces more than it sends, and closes.
        case cut(String)
        /// Never answers.
        case silence
        /// Begins, and says no more.
        case stall
        /// Blanks, one at a time, which would take hours.
        case drip
        /// So many bytes of blanks.
        case large(Int)
    }

    let port: Int
    private let channel: any Channel

    /// - Parameters:
    ///   - port: 0: any that is free.
    ///   - page: of the path and the body.
    init(port: Int = 0, _ page: @escaping @Sendable (String, String) -> Page) async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(page))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        self.port = channel.localAddress!.port!
    }

    var url: String { "http://127.0.0.1:\(port)" }

    func close() async { try? await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let page: @Sendable (String, String) -> Page
        private var path = ""
        private var body = ByteBuffer()

        init(_ page: @escaping @Sendable (String, String) -> Page) { self.page = page }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                path = head.uri
                body.clear()
            case .body(var part): body.writeBuffer(&part)
            case .end: answer(page(path, String(buffer: body)), context)
            }
        }

        private func answer(_ page: Page, _ context: ChannelHandlerContext) {
            switch page {
            case .silence: return
            case .text(let status, let text):
                send(status, ByteBuffer(string: text), length: text.utf8.count, context)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            case .large(let count):
                send(200, ByteBuffer(repeating: 0x20, count: count), length: count, context)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            case .cut(let text):
                send(200, ByteBuffer(string: text), length: text.utf8.count + 1, context)
                context.close(promise: nil)
            case .stall: send(200, ByteBuffer(string: " "), length: 2, context)
            case .drip:
                send(200, ByteBuffer(), length: 1 << 19, context)
                let channel = context.channel
                context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(50)) { task in
                    guard channel.isActive else { return task.cancel() }
                    channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: " "))), promise: nil)
                }
            }
        }

        private func send(_ status: Int, _ body: ByteBuffer, length: Int, _ context: ChannelHandlerContext) {
            let head = HTTPResponseHead(
                version: .http1_1, status: .init(statusCode: status),
                headers: ["content-length": String(length), "content-type": "text/plain; version=0.0.4"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
    }
}

/// A Prometheus behind HTTP: what its `store` says, unless a test sets another page.
final class ScriptedPages: Sendable {
    private final class Override: Sendable {
        let page = Mutex<HTTPPages.Page?>(nil)
    }

    let store = ScriptedStore()
    let server: HTTPPages
    private let override = Override()

    init() async throws {
        let (store, override) = (store, override)
        server = try await HTTPPages { _, form in
            let script = store.script.withLock { $0 }
            // Forms begin with the query, whose first word no escape changes but its bracket.
            let query = form.dropFirst("query=".count).replacing("%28", with: "(")
            return override.page.withLock { $0 } ?? .text(200, ScriptedStore.text(String(query), script))
        }
    }

    /// - Parameter page: nil: the store's again.
    func set(_ page: HTTPPages.Page?) { override.page.withLock { $0 = page } }
}
