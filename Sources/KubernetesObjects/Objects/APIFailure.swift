/// Why a request was not done: what was asked, and what the server or the network said.
package struct APIFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was asked for.
    package struct Request: Sendable, Hashable {
        /// As RBAC has it: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`.
        package var verb: String
        package var kind: ResourceKind?
        package var namespace: String?
        package var name: String?
        package var subresource: String?
        /// Of requests that are about no kind.
        package var path: String?

        package init(
            verb: String, kind: ResourceKind? = nil, namespace: String? = nil, name: String? = nil,
            subresource: String? = nil, path: String? = nil
        ) {
            self.verb = verb
            self.kind = kind
            self.namespace = namespace
            self.name = name
            self.subresource = subresource
            self.path = path
        }

        package var words: String {
            guard let kind else { return "\(verb) \(path ?? "")" }
            var words = "\(verb) \(kind.qualifiedName)"
            if let subresource { words += "/\(subresource)" }
            if let name { words += " \(name)" }
            if let namespace { words += " in \(namespace)" }
            return words
        }
    }

    package let request: Request
    /// HTTP status, or the code of an error in a watch; nil when there was no answer.
    package let status: Int?
    /// Kubernetes' reason, such as `AlreadyExists`; "" when there is none.
    package let reason: String
    package let message: String
    /// `field: message` of each, where an object was not valid.
    package let causes: [String]
    /// How long the server asks to be left alone.
    package let retryAfter: Duration?

    package init(
        request: Request, status: Int?, reason: String = "", message: String,
        causes: [String] = [], retryAfter: Duration? = nil
    ) {
        self.request = request
        self.status = status
        self.reason = reason
        self.message = message
        self.causes = causes
        self.retryAfter = retryAfter
    }

    package init(request: Request, status: Int, body: APIStatus?, text: String, retryAfter: Duration?) {
        let asked = body?.details?.retryAfterSeconds.map { Duration.seconds(min(max($0, 0), 86_400)) }
        self.init(
            request: request, status: body?.code ?? status, reason: body?.reason ?? "",
            message: body?.message ?? (text.isEmpty ? "no text" : String(text.prefix(200))),
            causes: (body?.details?.causes ?? []).map { cause in
                [cause.field, cause.message ?? cause.reason].compactMap(\.self).joined(separator: ": ")
            },
            retryAfter: retryAfter ?? asked)
    }

    package var isUnauthorized: Bool { status == 401 }
    package var isForbidden: Bool { status == 403 }
    package var isNotFound: Bool { status == 404 }
    /// Another has changed or made the object, or owns the field.
    package var isConflict: Bool { status == 409 }
    /// The resourceVersion is too old to go on from.
    package var isGone: Bool { status == 410 }
    package var isInvalid: Bool { status == 422 }
    package var isThrottled: Bool { status == 429 }
    /// The same request may succeed later without anyone changing anything.
    package var isRetriable: Bool {
        guard let status else { return true }
        return status == 408 || status == 429 || status >= 500
    }

    package var description: String {
        var text = "\(request.words): "
        switch status {
        case nil: text += message
        case 401: text += "the server does not know who we are (401): \(message)"
        default: text += "\(message) (\(status ?? 0)\(reason.isEmpty ? "" : " \(reason)"))"
        }
        let news = causes.filter { !message.contains($0) }
        if !news.isEmpty { text += ": " + news.joined(separator: "; ") }
        if isForbidden, reason == "Forbidden", let rule, message.contains("cannot") {
            text += "; a Role or ClusterRole needs the rule \(rule)"
        }
        return text
    }

    /// The RBAC rule that allows the request, as it stands in a Role.
    package var rule: String? {
        guard let kind = request.kind else { return nil }
        let resource = kind.plural + (request.subresource.map { "/\($0)" } ?? "")
        return "{apiGroups: [\"\(kind.group)\"], resources: [\(resource)], verbs: [\(request.verb)]}"
    }
}
