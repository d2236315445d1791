internal import Synchronization

/// From a request to its answer.
extension APITestServer {
    func receive(_ request: ReceivedRequest, _ exchange: HTTPFront.Exchange) {
        var request = request
        let fault = state.withLock { state in
            request.verb = Self.verb(request, Route(request.path, state.cluster))
            request.user = request.token.flatMap { state.users[$0]?.name }
            return state.faults.take(verb: request.verb, path: request.path)
        }
        let taken = request
        switch fault {
        case .status(let code, let retryAfter):
            let answer = Answer(StatusError.fault(code, retryAfter: retryAfter))
            record(taken, answer.status)
            exchange.answer(answer)
        case .drop:
            record(taken, 0)
            exchange.drop()
        case .dropAfter:
            _ = handle(taken, exchange, records: false)
            record(taken, 0)
            exchange.drop()
        case .hold:
            state.withLock { $0.held.append { self.finish(taken, exchange) } }
            stirred()
        case .slow(let milliseconds): exchange.later(milliseconds: milliseconds) { self.finish(taken, exchange) }
        case .cut:
            exchange.answer(handle(taken, exchange, records: true))
            forget(exchange.sink)
            exchange.sink.end(midLine: true)
        case nil: finish(taken, exchange)
        }
    }

    private func finish(_ request: ReceivedRequest, _ exchange: HTTPFront.Exchange) {
        _ = handle(request, exchange, records: true, answers: true)
        stirred()
    }

    private func record(_ request: ReceivedRequest, _ status: Int) {
        var request = request
        request.status = status
        request.token = nil
        state.withLock { $0.requests.append(request) }
        stirred()
    }

    /// - Parameter answers: under the lock, so that no change of a watch goes before its first lines.
    @discardableResult
    private func handle(
        _ request: ReceivedRequest, _ exchange: HTTPFront.Exchange, records: Bool, answers: Bool = false
    ) -> Answer {
        let answer = state.withLock { state in
            let answer: Answer
            do throws(StatusError) {
                answer = try Self.answer(request, exchange.sink, &state)
            } catch {
                answer = Answer(error)
            }
            if records {
                var request = request
                request.status = answer.status
                request.token = nil
                state.requests.append(request)
            }
            if answers { exchange.answer(answer) }
            return answer
        }
        return answer
    }

    private static func verb(_ request: ReceivedRequest, _ route: Route) -> String {
        guard case .objects(_, _, _, let name, _) = route else { return request.method.lowercased() }
        switch request.method {
        case "GET", "HEAD":
            if name != nil { return "get" }
            return ["true", "1"].contains(request.query["watch"] ?? "") ? "watch" : "list"
        case "POST": return "create"
        case "PUT": return "update"
        case "PATCH": return "patch"
        case "DELETE": return name == nil ? "deletecollection" : "delete"
        default: return request.method.lowercased()
        }
    }

    private static func answer(
        _ request: ReceivedRequest, _ sink: any WatchSink, _ state: inout State
    ) throws(StatusError) -> Answer {
        let user: ServerUser
        if let token = request.token {
            guard let known = state.users[token] else { throw .unauthorized }
            user = known
        } else {
            user = .anonymous
        }
        switch Route(request.path, state.cluster) {
        case .noPage:
            return user.mayRead(path: request.path) ? .noPage : Answer(forbiddenPath(request, user))
        case .noResource: throw user.mayRead(path: request.path) ? .noResource : forbiddenPath(request, user)
        case .other(let path):
            guard user.mayRead(path: path) else { throw forbiddenPath(request, user) }
            return try other(path, request, state)
        case .objects(let kind, let version, let namespace, let name, let subresource):
            let question = AccessRule.Question(
                verb: request.verb, group: kind.group,
                resource: subresource.isEmpty ? kind.plural : "\(kind.plural)/\(subresource)",
                namespace: kind.plural == "namespaces" ? name : namespace, name: name)
            guard user.may(question) else { throw user.refusal(question, kind) }
            if kind.isReview { return try review(request, kind, user) }
            return try objects(
                request, kind, version, namespace, name, subresource, sink, &state.cluster)
        }
    }

    private static func forbiddenPath(_ request: ReceivedRequest, _ user: ServerUser) -> StatusError {
        StatusError(
            code: 403, reason: "Forbidden",
            message: "forbidden: User \"\(user.name)\" cannot \(request.method.lowercased()) path \"\(request.path)\"",
            details: [:])
    }

    private static func other(
        _ path: String, _ request: ReceivedRequest, _ state: State
    ) throws(StatusError) -> Answer {
        let documents = DiscoveryDocuments(kinds: state.cluster.kinds)
        guard request.method == "GET" else { throw .methodNotAllowed }
        let wantsAll =
            state.aggregatesDiscovery
            && (request.headers["accept"] ?? "").contains(DiscoveryDocuments.aggregatedType)
        switch path {
        case "/version":
            return .json(200, ["major": "1", "minor": "36", "gitVersion": "v1.36.0", "platform": "linux/amd64"])
        case "/healthz", "/livez", "/readyz": return .text(200, "ok")
        case "/api", "/apis":
            if wantsAll {
                return .json(
                    200, documents.aggregated(core: path == "/api"), type: DiscoveryDocuments.aggregatedType)
            }
            return .json(200, path == "/api" ? documents.coreVersions : documents.groupList)
        case _ where path.hasPrefix("/api/") || path.hasPrefix("/apis/") && path.split(separator: "/").count == 3:
            return documents.resources(path).map { .json(200, $0) } ?? .noPage
        default: return .noPage
        }
    }

    private static func review(
        _ request: ReceivedRequest, _ kind: ServedKind, _ user: ServerUser
    ) throws(StatusError) -> Answer {
        guard request.verb == "create" else { throw .methodNotAllowed }
        var json = try Schema.of(kind).checked(
            try body(request, ["application/json"]), kind, kind.apiVersion("v1"), isStrict: true)
        let asked = json["spec"]["resourceAttributes"]
        guard !asked.isNull else {
            throw .invalid(
                kind, "",
                [.invalid("spec.resourceAttributes", .null, "exactly one of nonResourceAttributes or resourceAttributes must be specified")]
            )
        }
        var resource = asked["resource"].text ?? ""
        if let sub = asked["subresource"].text, !sub.isEmpty { resource += "/\(sub)" }
        let namespace = asked["namespace"].text ?? ""
        let allowed = user.may(
            .init(
                verb: asked["verb"].text ?? "", group: asked["group"].text ?? "", resource: resource,
                namespace: namespace.isEmpty ? nil : namespace, name: asked["name"].text))
        json["status"] = ["allowed": .bool(allowed)]
        json["metadata"] = .object([:])
        json["apiVersion"] = .string(kind.apiVersion("v1"))
        json["kind"] = .string(kind.kind)
        return .json(201, json)
    }

    /// The body, of a type that is accepted. - Parameter accepted: the first is that of an empty body.
    static func body(_ request: ReceivedRequest, _ accepted: [String]) throws(StatusError) -> JSON {
        let type = contentType(request)
        if let type, !accepted.contains(type) { throw .unsupportedMediaType(accepted) }
        do {
            let (json, duplicates) = try JSONReader.read(Array(request.body.utf8))
            if request.query["fieldValidation"] == "Strict", let first = duplicates.first {
                throw StatusError.badRequest("strict decoding error: duplicate field \"\(first)\"")
            }
            return json
        } catch let error as StatusError {
            throw error
        } catch {
            throw .badRequest(
                "couldn't get version/kind; json parse error: \(error)")
        }
    }

    static func contentType(_ request: ReceivedRequest) -> String? {
        request.headers["content-type"]?.split(separator: ";").first.map(String.init)
    }
}
