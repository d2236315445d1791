internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// One connection: gathers a request, has it answered, and writes what comes. Lives on its event loop.
final class HTTPFront: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: APITestServer
    private var head: HTTPRequestHead?
    private var body = ""
    private var sink: ChannelSink?

    init(_ server: APITestServer) { self.server = server }

    func channelActive(context: ChannelHandlerContext) { server.opened(context.channel) }

    func channelInactive(context: ChannelHandlerContext) {
        server.closed(context.channel)
        if let sink { server.forget(sink) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ""
        case .body(let buffer): body += String(buffer: buffer)
        case .end:
            guard let head else { return }
            var request = ReceivedRequest(
                method: head.method.rawValue, target: head.uri, headers: head.headers.map { ($0.name, $0.value) },
                body: body)
            // Who shows a certificate, which TLS has verified, needs no token.
            if request.token == nil,
                let shown = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self).peerCertificate
            {
                request.token = try? APITestServer.certificateToken(shown)
            }
            let sink = ChannelSink(context.channel)
            self.sink = sink
            let exchange = Exchange(front: NIOLoopBound(self, eventLoop: context.eventLoop), channel: context.channel, sink: sink)
            server.receive(request, exchange)
        }
    }

    fileprivate func write(_ answer: Answer, to channel: any Channel, _ sink: ChannelSink) {
        let isHead = head?.method == .HEAD
        switch answer {
        case .json(let status, let json, let type, let retryAfter):
            write(status, json.description, type, retryAfter, to: channel, isHead)
        case .text(let status, let text):
            write(status, text, "text/plain; charset=utf-8", nil, to: channel, isHead)
        case .stream(let lines, let seconds):
            let headers: HTTPHeaders = ["content-type": "application/json", "cache-control": "no-cache, private"]
            channel.write(HTTPServerResponsePart.head(.init(version: .http1_1, status: .ok, headers: headers)), promise: nil)
            channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: lines.joined()))), promise: nil)
            channel.eventLoop.scheduleTask(in: .seconds(Int64(seconds))) { [server] in
                server.forget(sink)
                sink.end(midLine: false)
            }
        }
    }

    private func write(
        _ status: Int, _ text: String, _ type: String, _ retryAfter: Int?, to channel: any Channel, _ isHead: Bool
    ) {
        var headers: HTTPHeaders = ["content-type": type, "content-length": String(text.utf8.count)]
        if let retryAfter { headers.add(name: "retry-after", value: String(retryAfter)) }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        if !isHead { channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: text))), promise: nil) }
        channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    }

    /// A request that waits for its answer. May be answered from any thread.
    struct Exchange: Sendable {
        fileprivate let front: NIOLoopBound<HTTPFront>
        fileprivate let channel: any Channel
        let sink: ChannelSink

        func answer(_ answer: Answer) {
            channel.eventLoop.execute { front.value.write(answer, to: channel, sink) }
        }

        func drop() { channel.close(promise: nil) }

        /// Runs it on the connection's loop later.
        func later(milliseconds: Int, _ action: @escaping @Sendable () -> Void) {
            channel.eventLoop.scheduleTask(in: .milliseconds(Int64(milliseconds)), action)
        }
    }
}
