internal import AsyncHTTPClient
internal import Connect
internal import FoundationEssentials
package import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import Synchronization

/// A client of Prometheus' HTTP API v1: instant and range queries, as forms, so that no query is too
/// long for a URL. Any task may call it. Errors are `PrometheusFailure`s and `CancellationError`.
package final class PrometheusClient: MetricStore {
    package let options: PrometheusOptions
    private let logger: Logger
    private let http: HTTPClient
    /// Each is said once, not each round.
    private let warned = Mutex<Set<String>>([])
    private static let warningLimit = 64

    /// The caller has to `close` it.
    package init(options: PrometheusOptions, logger: Logger) throws(PrometheusFailure) {
        guard let url = URL(string: options.url), url.scheme == "http" || url.scheme == "https", url.host != nil else {
            throw PrometheusFailure(.badData, "\"\(URLText.withoutUser(options.url))\" is no URL; expected such as http://prometheus:9090")
        }
        // It would be in every message about this server.
        guard !URLText.namesUser(options.url) else {
            throw PrometheusFailure(
                .badData,
                "\"\(URLText.withoutUser(options.url))\" names a user; expected its Authorization in --headers-file, or --token-file")
        }
        guard (options.tokenFile == nil && !options.headers.contains { HeaderText.isSecret($0.name) }) || URLText.isPrivate(options.url)
        else {
            throw PrometheusFailure(
                .credentials,
                "\(options.url): a token, or a header that is one, is not sent without TLS, which anyone on the way could read; expected https://"
            )
        }
        self.options = options
        self.logger = logger
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        // What is not there is told at once, by its reason; the next round asks again.
        configuration.connectionPool.retryConnectionEstablishment = false
        // The deadline of a request ends with its answer's head: the body has its own.
        configuration.timeout = .init(connect: .seconds(5), read: TimeAmount(options.timeLimit))
        if let path = options.authorityFile {
            do {
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path))
                configuration.tlsConfiguration = tls
            } catch {
                throw PrometheusFailure(.credentials, "\(path): no certificates can be read from it: \(error)")
            }
        }
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    package func close() async { try? await http.shutdown() }

    package func instant(_ query: String, label: String, at time: Double?) async throws -> SeriesTable {
        var form = [("query", query)]
        if let time { form.append(("time", Self.seconds(time))) }
        return try await ask("/api/v1/query", form, label: label)
    }

    package func range(_ query: String, label: String, _ range: TimeRange) async throws -> SeriesTable {
        precondition(range.pointCount <= TimeRange.pointLimit, "\(range.pointCount) points in one query")
        return try await ask(
            "/api/v1/query_range",
            [
                ("query", query), ("start", String(range.start)), ("end", String(range.end)),
                ("step", String(range.step)),
            ], label: label)
    }

    private func ask(_ path: String, _ form: [(String, String)], label: String) async throws -> SeriesTable {
        let request = try request(path, form)
        let (status, bytes) = try await send(request)
        let answer: AnswerParser.Answer
        do throws(PrometheusFailure) {
            answer = try AnswerParser.parse(bytes, label: label)
        } catch {
            // What stands in front of Prometheus answers in HTML.
            guard (200..<300).contains(status) else {
                throw PrometheusFailure(
                    status: status, errorType: nil,
                    message: "\(options.url): \(String(decoding: bytes.prefix(200), as: UTF8.self))")
            }
            throw error
        }
        switch answer {
        case .error(let type, let message):
            throw PrometheusFailure(status: status, errorType: type, message: message)
        case .success(let table):
            guard (200..<300).contains(status) else {
                throw PrometheusFailure(status: status, errorType: nil, message: "success with this status")
            }
            for warning in table.warnings { note(warning) }
            return table
        }
    }

    private func request(_ path: String, _ form: [(String, String)]) throws(PrometheusFailure) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: options.url + path)
        request.method = .POST
        request.headers = [
            "accept": "application/json", "content-type": "application/x-www-form-urlencoded",
            "user-agent": "headroom",
        ]
        for header in options.headers { request.headers.add(name: header.name, value: header.value) }
        if let path = options.tokenFile {
            request.headers.add(name: "authorization", value: "Bearer \(try Self.token(path))")
        }
        let limit = max(0.1, options.timeLimit / .seconds(1))
        let whole = form + [("timeout", "\(Int(limit * 1_000))ms")]
        request.body = .bytes(ByteBuffer(string: FormText.encoded(whole)))
        return request
    }

    private func send(_ request: HTTPClientRequest) async throws -> (status: Int, bytes: [UInt8]) {
        let deadline = NIODeadline.now() + TimeAmount(options.timeLimit)
        do {
            let response = try await http.execute(request, deadline: deadline)
            return (Int(response.status.code), try await bytes(of: response, deadline))
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as PrometheusFailure {
            throw error
        } catch let error as HTTPClientError {
            if Task.isCancelled { throw CancellationError() }
            let isLate =
                error == .deadlineExceeded || error == .readTimeout || error == .connectTimeout
                || NIODeadline.now() >= deadline
            throw PrometheusFailure(
                isLate ? .timeout : .unreachable,
                isLate ? "\(options.url): no answer in \(options.timeLimit)" : "\(options.url): \(NetworkFault.text(error))")
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw PrometheusFailure(.unreachable, "\(options.url): \(NetworkFault.text(error))")
        }
    }

    /// The body, whole: into one array, of the announced size from the start.
    private func bytes(of response: HTTPClientResponse, _ deadline: NIODeadline) async throws -> [UInt8] {
        let limit = options.answerLimit
        func tooLarge() -> PrometheusFailure {
            PrometheusFailure(.tooLarge, "\(options.url): an answer of more than \(limit) bytes")
        }
        var bytes: [UInt8] = []
        if let announced = response.headers.first(name: "content-length").flatMap({ Int($0) }) {
            guard announced <= limit else { throw tooLarge() }
            bytes.reserveCapacity(max(0, announced))
        }
        for try await part in response.body {
            guard NIODeadline.now() < deadline else {
                throw PrometheusFailure(.timeout, "\(options.url): no whole answer in \(options.timeLimit)")
            }
            guard part.readableBytes <= limit - bytes.count else { throw tooLarge() }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }

    private func note(_ warning: String) {
        let isNew = warned.withLock { $0.count < Self.warningLimit && $0.insert(warning).inserted }
        if isNew { logger.warning("\(options.url): \(warning)") }
    }

    private static func token(_ path: String) throws(PrometheusFailure) -> String {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw PrometheusFailure(.credentials, "\(path): the token cannot be read")
        }
        guard let token = HeaderText.token(String(decoding: data, as: UTF8.self)) else {
            throw PrometheusFailure(.credentials, "\(path): no token; expected one word of visible ASCII characters")
        }
        return token
    }

    /// Milliseconds are what Prometheus keeps.
    private static func seconds(_ time: Double) -> String {
        let milliseconds = Int64((time * 1_000).rounded())
        let rest = String(milliseconds % 1_000 + 1_000).dropFirst()
        return "\(milliseconds / 1_000).\(rest)"
    }
}
