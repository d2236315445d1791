internal import ArgumentParser
internal import Connect
internal import Logging
internal import NIOSSL

/// Where metrics are shown.
struct ListenOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Show /metrics, /healthz and /readyz here, such as 0.0.0.0:9417.", valueName: "host:port"))
    var listen: String?

    @Option(help: ArgumentHelp("A file with the bearer token that /metrics asks for.", valueName: "path"))
    var listenTokenFile: String?

    @Option(help: ArgumentHelp("A certificate for --listen, PEM.", valueName: "path"))
    var listenCertificate: String?

    @Option(help: ArgumentHelp("Its private key, PEM.", valueName: "path"))
    var listenKey: String?

    func validate() throws {
        guard (listenCertificate == nil) == (listenKey == nil) else {
            throw ValidationError("--listen-certificate and --listen-key go together; one is missing")
        }
        guard let listen else {
            guard listenTokenFile == nil, listenCertificate == nil else {
                throw ValidationError("--listen-token-file and --listen-certificate are for --listen, which is missing")
            }
            return
        }
        guard Self.address(listen) != nil else {
            throw ValidationError("--listen: \"\(listen)\"; expected an address and a port, such as 0.0.0.0:9417")
        }
    }

    /// `0.0.0.0:9417` or `[::]:9417`.
    static func address(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return host.isEmpty ? nil : (host, port)
    }

    /// Nil without `--listen`.
    func options() throws -> PageServerOptions? {
        guard let listen, let (host, port) = Self.address(listen) else { return nil }
        var options = PageServerOptions(host: host, port: port, tokenFile: listenTokenFile)
        guard let listenCertificate, let listenKey else { return options }
        do {
            options.tls = .makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(listenCertificate).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: listenKey, format: .pem)))
        } catch {
            throw ValidationError("--listen-certificate, --listen-key: no certificate and key in PEM: \(error)")
        }
        return options
    }

    /// Runs `body` with pages shown beside it. Ends the program with 1 when the address cannot be had.
    func serving<Result: Sendable>(
        _ logger: Logger, _ page: @escaping @Sendable (String) async -> Page,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        guard let options = try options() else { return try await body() }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                do {
                    try await PageServer(options, logger: logger) { path, _ in await page(path) }.run()
                } catch is CancellationError {
                } catch {
                    logger.error("--listen \(options.host):\(options.port): \(error)")
                    throw ExitCode(1)
                }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw ExitCode(1)
        }
    }
}
