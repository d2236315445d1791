internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// Signed HTTP to one service. Never follows a redirect: a signature is for one address.
struct WebhookTransport: Sendable {
    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
        let retryAfter: Duration?
    }

    private let client: HTTPClient
    private let keys: SigningKeys
    private let options: WebhookOptions
    private let now: @Sendable () -> Double

    init(_ options: WebhookOptions, now: @escaping @Sendable () -> Double) throws(WebhookError) {
        self.options = options
        self.now = now
        keys = SigningKeys(files: options.keyFiles)
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        // Before the attempt ends, so that it can say why there is no connection.
        configuration.timeout = .init(connect: TimeAmount(options.attemptLimit * 4 / 5))
        configuration.tlsConfiguration = try Self.tls(options)
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async { try? await client.shutdown() }

    private static func tls(_ options: WebhookOptions) throws(WebhookError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        func certificates(_ file: String) throws(WebhookError) -> [NIOSSLCertificate] {
            guard let found = try? NIOSSLCertificate.fromPEMFile(file), !found.isEmpty else {
                throw WebhookError("\(file): no certificate in PEM")
            }
            return found
        }
        if let file = options.authorityFile { tls.trustRoots = .certificates(try certificates(file)) }
        switch (options.certificateFile, options.certificateKeyFile) {
        case (nil, nil): break
        case (let certificate?, let key?):
            tls.certificateChain = try certificates(certificate).map { .certificate($0) }
            guard let privateKey = try? NIOSSLPrivateKey(file: key, format: .pem) else {
                throw WebhookError("\(key): no private key in PEM")
            }
            tls.privateKey = .privateKey(privateKey)
        default: throw WebhookError("a client certificate and its key go together; one is missing")
        }
        return tls
    }

    /// One attempt. - Throws: `WebhookError` for our own settings; else what the network did.
    func send(_ method: HTTPMethod, _ url: WebhookURL, body: [UInt8] = [], idempotencyKey: String? = nil) async throws -> Answer {
        let time = now()
        var request = HTTPClientRequest(url: url.description)
        request.method = method
        request.headers = ["accept": "application/json", "user-agent": "headroom-connect"]
        request.headers.add(
            name: "headroom-signature",
            value: try keys.signature(
                method: method.rawValue, target: url.target, body: body, unixSeconds: Int64(time)))
        if let idempotencyKey { request.headers.add(name: "idempotency-key", value: idempotencyKey) }
        if method == .POST {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(body)
        }
        let limit = options.attemptLimit
        let message = request
        return try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask {
                let response = try await client.execute(message, deadline: .now() + TimeAmount(limit))
                let collected = try await response.body.collect(upTo: options.replyLimit)
                return Answer(
                    status: Int(response.status.code), body: Array(collected.readableBytesView),
                    retryAfter: response.headers.first(name: "retry-after").flatMap {
                        RetryAfter.parse($0, now: Int64(time))
                    })
            }
            group.addTask {
                try await Task.sleep(for: limit)
                throw WebhookError("no answer in \(limit)")
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }
}
