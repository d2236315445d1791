import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A real HTTP server on loopback: a test says what it answers, and looks at what it was asked.
final class TestService: Sendable {
    struct Call: Sendable {
        var method: String
        var target: String
        var headers: [String: String]
        var body: [UInt8]
    }

    enum Reply: Sendable {
        case json(Int, String, [String: String] = [:])
        /// Closes the connection without an answer.
        case cut
        /// Never answers.
        case silence
        case large(Int)
    }

    private let calls = Mutex<[Call]>([])
    private let channel = Mutex<(any Channel)?>(nil)
    let port: Int

    var received: [Call] { calls.withLock { $0 } }

    /// - Parameter reply: of the call and how many came before it.
    init(tls: NIOSSLContext? = nil, _ reply: @escaping @Sendable (Call, Int) -> Reply) async throws {
        let heard = Heard()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(Handler(heard, reply))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = server.localAddress!.port!
        channel.withLock { $0 = server }
        heard.service.withLock { $0 = self }
    }

    func close() async throws {
        let server = channel.withLock { $0.take() }
        try await server?.close()
    }

    private func add(_ call: Call) -> Int {
        calls.withLock { calls in
            calls.append(call)
            return calls.count - 1
        }
    }

    private final class Heard: Sendable {
        let service = Mutex<TestService?>(nil)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let heard: Heard
        private let reply: @Sendable (Call, Int) -> Reply
        private var call: Call?

        init(_ heard: Heard, _ reply: @escaping @Sendable (Call, Int) -> Reply) {
            self.heard = heard
            self.reply = reply
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { $0 + "," + $1 }
                call = Call(method: head.method.rawValue, target: head.uri, headers: headers, body: [])
            case .body(let part): call?.body += Array(part.readableBytesView)
            case .end:
                guard let call, let service = heard.service.withLock({ $0 }) else { return context.close(promise: nil) }
                answer(reply(call, service.add(call)), context)
            }
        }

        private func answer(_ reply: Reply, _ context: ChannelHandlerContext) {
            let status: Int
            var headers = HTTPHeaders()
            let body: ByteBuffer
            switch reply {
            case .cut: return context.close(promise: nil)
            case .silence: return
            case .json(let code, let text, let more):
                status = code
                body = ByteBuffer(string: text)
                for (name, value) in more { headers.add(name: name, value: value) }
            case .large(let count):
                status = 200
                body = ByteBuffer(repeating: UInt8(ascii: " "), count: count)
            }
            headers.add(name: "content-length", value: String(body.readableBytes))
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

/// A folder that is gone with it.
final class Scratch {
    let path = NSTemporaryDirectory() + "webhook-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// - Returns: the file's path.
    func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let file = path + "/" + name
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }

    static let key = String(repeating: "k3y-", count: 8)
}

enum Shell {
    /// Runs a program to its end. - Returns: its exit code and what it wrote.
    ///
    /// Its pipes are a shell's, not this process's: children of other tests, started at the same time, would
    /// inherit those and keep them open. No thread of the tests' pool waits for it.
    @discardableResult static func run(
        _ words: [String], input: String = "", in folder: String? = nil
    ) async throws -> (code: Int32, output: String, errors: String) {
        let scratch = try Scratch()
        let files = [try scratch.write("in", input), scratch.path + "/out", scratch.path + "/err"]
        let code = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/bin/bash")
                process.arguments =
                    [
                        "-c", #"cat "$0" | "${@:3}" 2>"$2" | cat >"$1"; exit "${PIPESTATUS[1]}""#,
                    ] + files + words
                if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
                do {
                    try process.run()
                    process.waitUntilExit()
                    continuation.resume(returning: process.terminationStatus)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
        return (
            code, try String(contentsOfFile: files[1], encoding: .utf8),
            try String(contentsOfFile: files[2], encoding: .utf8)
        )
    }
}
