internal import AsyncHTTPClient
internal import Connect
internal import FoundationEssentials
package import Logging
internal import NIOCore
internal import NIOFoundationCompat
internal import NIOHTTP1
internal import Synchronization

/// A client of one Kubernetes API server: typed requests, patches, server-side apply and watches.
///
/// Any task may call it. All requests share one rate limit. Errors are `APIFailure`s, but for
/// `ClusterAccessError`, when our own credentials cannot be had, and `CancellationError`.
package final class APIClient: Sendable {
    package let access: ClusterAccess
    package let options: APIClientOptions
    package let counts = APICounts()
    let logger: Logger
    private let http: HTTPClient
    private let credentials: Credentials
    private let limiter: RateLimiter
    /// Cleared when the server does not know streamed lists.
    let streamsLists = Atomic(true)

    /// The caller has to `close` it.
    package init(
        access: ClusterAccess, options: APIClientOptions = APIClientOptions(), logger: Logger
    ) throws(ClusterAccessError) {
        guard !access.sendsToken || URLText.isPrivate(access.server) else {
            throw ClusterAccessError(
                access.origin,
                "\(URLText.withoutUser(access.server)): a token is not sent without TLS, which anyone on the way could read; expected https://"
            )
        }
        self.access = access
        self.options = options
        self.logger = logger
        credentials = Credentials(access)
        limiter = RateLimiter(perSecond: options.requestsPerSecond, burst: options.burst)
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        // Beyond the minute between bookmarks, and beyond any answer's time limit.
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(150))
        // Tried again by `call`, which says and counts it; a certificate that is not trusted is told at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let proxy = access.proxy { configuration.proxy = try Self.proxy(proxy, access.origin) }
        if let name = access.serverName, let host = Self.host(access.server) {
            configuration.dnsOverride = [name: host]
        }
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        if access.authority == .none {
            logger.warning(
                "\(access.origin): the server's certificate is not verified (insecure-skip-tls-verify): whoever is on the way can read and change everything"
            )
        }
    }

    package func close() async { try? await http.shutdown() }

    // MARK: Requests

    package func get<T: APIObject>(_ type: T.Type, namespace: String?, name: String) async throws -> T {
        try await decoded(call(.init(verb: "get", kind: T.kind, namespace: namespace, name: name), .GET))
    }

    /// All of them, page by page; from the beginning when the server forgets where we were.
    /// - Parameters:
    ///   - type: their kind.
    ///   - namespace: nil for all.
    ///   - labels: a label selector.
    ///   - fields: a field selector.
    package func list<T: APIObject>(
        _ type: T.Type, namespace: String?, labels: String? = nil, fields: String? = nil
    ) async throws -> ObjectList<T> {
        let request = APIFailure.Request(verb: "list", kind: T.kind, namespace: namespace)
        var restarts = 0
        while true {
            do {
                return try await pages(request, Self.selectors(labels, fields))
            } catch let failure as APIFailure where failure.isGone && restarts < 3 {
                restarts += 1
            }
        }
    }

    private func pages<T: APIObject>(
        _ request: APIFailure.Request, _ selectors: [(String, String)]
    ) async throws -> ObjectList<T> {
        var all = ObjectList<T>(items: [], resourceVersion: "")
        var next: String?
        repeat {
            var query = selectors + [("limit", String(options.pageSize))]
            if let next { query.append(("continue", next)) }
            let page: ListPage<T> = try await decoded(call(request, .GET, query))
            all.items += page.items ?? []
            all.resourceVersion = page.metadata.resourceVersion ?? all.resourceVersion
            next = page.metadata.continue.flatMap { $0.isEmpty ? nil : $0 }
        } while next != nil
        return all
    }

    package func create<T: APIObject>(_ object: T, dryRun: Bool = false) async throws -> T {
        let request = APIFailure.Request(verb: "create", kind: T.kind, namespace: object.metadata.namespace)
        // Named for people; the path is the collection's.
        return try await decoded(
            call(request, .POST, writeQuery(dryRun), try body(WireObject(object: object)), "application/json"))
    }

    /// Changes what `patch` says and nothing else.
    package func patch<T: APIObject>(
        _ type: T.Type, namespace: String?, name: String, subresource: String? = nil,
        _ patch: Patch, dryRun: Bool = false
    ) async throws -> T {
        let request = APIFailure.Request(
            verb: "patch", kind: T.kind, namespace: namespace, name: name, subresource: subresource)
        return try await decoded(
            call(request, .PATCH, writeQuery(dryRun), try body(patch.body), patch.contentType))
    }

    /// Server-side apply: the fields in `object` become ours, those that were and are not in it any
    /// more go. - Parameter force: take fields from whoever owns them; else that is a conflict.
    package func apply<T: APIObject>(
        _ object: T, force: Bool = false, dryRun: Bool = false
    ) async throws -> T {
        let request = APIFailure.Request(
            verb: "patch", kind: T.kind, namespace: object.metadata.namespace, name: object.metadata.name)
        let query = writeQuery(dryRun) + [("force", force ? "true" : "false")]
        return try await decoded(
            call(request, .PATCH, query, try body(WireObject(object: object)), "application/apply-patch+yaml"))
    }

    /// Puts `object` in place of the one with its resourceVersion; a conflict when there is a newer.
    /// Fields that the type does not have are lost: only for objects that are wholly Headroom's.
    package func replace<T: APIObject>(_ object: T) async throws -> T {
        let request = APIFailure.Request(
            verb: "update", kind: T.kind, namespace: object.metadata.namespace, name: object.metadata.name)
        return try await decoded(
            call(request, .PUT, writeQuery(false), try body(WireObject(object: object)), "application/json"))
    }

    /// Objects as they are and as they change. Never ends but by cancellation.
    package func watch<T: APIObject>(
        _ type: T.Type, namespace: String?, labels: String? = nil, fields: String? = nil
    ) -> WatchSequence<T> {
        WatchSequence(client: self, namespace: namespace, labels: labels, fields: fields)
    }

    static func selectors(_ labels: String?, _ fields: String?) -> [(String, String)] {
        [("labelSelector", labels), ("fieldSelector", fields)].compactMap { name, value in
            value.map { (name, $0) }
        }
    }

    private func writeQuery(_ dryRun: Bool) -> [(String, String)] {
        var query = [("fieldManager", options.fieldManager), ("fieldValidation", "Strict")]
        if dryRun { query.append(("dryRun", "All")) }
        return query
    }

    private func body(_ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ByteBuffer(bytes: try encoder.encode(value))
    }

    private func decoded<T: Decodable>(_ answer: (APIFailure.Request, ByteBuffer)) throws -> T {
        do {
            return try JSONDecoder().decode(T.self, from: answer.1)
        } catch {
            throw APIFailure(
                request: answer.0, status: nil, reason: "Unreadable",
                message: "the answer is not what \(T.self) looks like: \(error)")
        }
    }

    // MARK: Transport

    /// Asks for a path that is no object's. - Parameter accept: a media type.
    func raw(_ path: String, accept: String = "application/json") async throws -> (type: String, body: ByteBuffer) {
        let request = APIFailure.Request(verb: "get", path: path)
        let (response, body) = try await answer(request, .GET, path, nil, nil, accept: accept)
        return (response.headers.first(name: "content-type") ?? "", body)
    }

    func post<Question: Encodable, Answer: Decodable>(
        _ question: Question, _ request: APIFailure.Request
    ) async throws -> Answer {
        try await decoded(call(request, .POST, [], try body(question), "application/json"))
    }

    private func call(
        _ request: APIFailure.Request, _ method: HTTPMethod, _ query: [(String, String)] = [],
        _ body: ByteBuffer? = nil, _ type: String? = nil
    ) async throws -> (APIFailure.Request, ByteBuffer) {
        guard let kind = request.kind else { preconditionFailure("a request for no kind") }
        let path = kind.path(
            namespace: request.namespace, name: request.name, subresource: request.subresource)
        let (_, answer) = try await answer(
            request, method, path + QueryText.query(query), body, type, accept: "application/json")
        return (request, answer)
    }

    /// Tries, and tries again what may be tried again: whatever the server put off (429), and of
    /// requests that do the same twice as once also what it, or the network, did not get done.
    private func answer(
        _ request: APIFailure.Request, _ method: HTTPMethod, _ target: String, _ body: ByteBuffer?,
        _ type: String?, accept: String
    ) async throws -> (HTTPClientResponse, ByteBuffer) {
        var backoff = Backoff(base: options.backoffBase, cap: options.backoffCap)
        var isKnown = true
        while true {
            do {
                return try await withTimeLimit(options.timeLimit) {
                    let response = try await self.send(request, method, target, body, type, accept: accept)
                    return (response, try await response.body.collect(upTo: self.options.answerLimit))
                }
            } catch let failure as APIFailure {
                if failure.isUnauthorized, isKnown {
                    // Once: with what was read anew.
                    isKnown = false
                    continue
                }
                let isSafe = failure.isThrottled || method != .POST
                guard failure.isRetriable, isSafe, backoff.attempts < options.retries,
                    (failure.retryAfter ?? .zero) <= options.patience
                else { throw failure }
                counts.add("retries")
                try await Task.sleep(for: backoff.next(atLeast: failure.retryAfter ?? .zero))
            } catch {
                let failure = try transport(error, request)
                guard method != .POST, backoff.attempts < options.retries else { throw failure }
                counts.add("retries")
                try await Task.sleep(for: backoff.next())
            }
        }
    }

    /// One try, up to the head of a good answer.
    func send(
        _ request: APIFailure.Request, _ method: HTTPMethod, _ target: String, _ body: ByteBuffer?,
        _ type: String?, accept: String, limit: Duration? = nil
    ) async throws -> HTTPClientResponse {
        try await limiter.wait()
        counts.add("requests")
        let material = try await credentials.current()
        var message = HTTPClientRequest(url: base + target)
        message.method = method
        message.headers = ["accept": accept, "user-agent": options.userAgent]
        if let token = material.token { message.headers.add(name: "authorization", value: "Bearer \(token)") }
        if let type { message.headers.add(name: "content-type", value: type) }
        if let body { message.body = .bytes(body) }
        message.tlsConfiguration = material.tls
        let deadline = NIODeadline.now() + TimeAmount(limit ?? options.timeLimit)
        let response: HTTPClientResponse
        do {
            response = try await http.execute(message, deadline: deadline)
        } catch {
            throw try transport(error, request)
        }
        guard !(200..<300).contains(response.status.code) else { return response }
        let text = try? await response.body.collect(upTo: 1 << 20)
        let status = text.flatMap { try? JSONDecoder().decode(APIStatus.self, from: $0) }
        let failure = APIFailure(
            request: request, status: Int(response.status.code),
            body: status?.kind == "Status" ? status : nil,
            text: text.map { String(buffer: $0) } ?? "", retryAfter: Self.retryAfter(response.headers))
        if failure.isThrottled { counts.add("throttled") }
        if failure.isUnauthorized {
            counts.add("unauthorized")
            await credentials.refused(material)
        }
        throw failure
    }

    /// What a failed connection comes to. - Throws: what is none.
    func transport(_ error: any Error, _ request: APIFailure.Request) throws -> APIFailure {
        switch error {
        case let failure as APIFailure: return failure
        case is CancellationError, is ClusterAccessError: throw error
        case is TimeLimitError:
            return APIFailure(request: request, status: nil, message: "\(access.server) did not answer in \(options.timeLimit)")
        default:
            if Task.isCancelled { throw CancellationError() }
            return APIFailure(request: request, status: nil, message: "\(access.server): \(NetworkFault.text(error))")
        }
    }

    /// Seconds; API servers write no dates here.
    private static func retryAfter(_ headers: HTTPHeaders) -> Duration? {
        headers.first(name: "retry-after").flatMap { Int($0) }.map { .seconds(min(max($0, 0), 86_400)) }
    }

    // MARK: Addresses

    /// The server's URL, under the name that its certificate is for.
    private var base: String {
        guard let name = access.serverName, let host = Self.host(access.server),
            let place = access.server.firstRange(of: host)
        else { return access.server }
        return access.server.replacingCharacters(in: place, with: name)
    }

    private static func host(_ server: String) -> String? {
        URL(string: server)?.host
    }

    private static func proxy(
        _ text: String, _ origin: String
    ) throws(ClusterAccessError) -> HTTPClient.Configuration.Proxy {
        guard let url = URL(string: text), let host = url.host else {
            throw ClusterAccessError(origin, "proxy-url: \"\(URLText.withoutUser(text))\" is no URL")
        }
        switch url.scheme {
        case "http": return .server(host: host, port: url.port ?? 80)
        case "socks5": return .socksServer(host: host, port: url.port ?? 1080)
        default: throw ClusterAccessError(origin, "proxy-url: \"\(URLText.withoutUser(text))\"; expected http:// or socks5://")
        }
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}
