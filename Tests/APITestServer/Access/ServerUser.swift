/// Someone whom the server knows.
package struct ServerUser: Sendable {
    package var name: String
    package var rules: [AccessRule]

    package init(name: String, rules: [AccessRule]) {
        self.name = name
        self.rules = rules
    }

    static let anonymous = ServerUser(name: "system:anonymous", rules: [])

    var isAnonymous: Bool { name == Self.anonymous.name }

    func may(_ question: AccessRule.Question) -> Bool {
        // system:basic-user.
        if question.resource == "selfsubjectaccessreviews", !isAnonymous { return true }
        return rules.contains { $0.allows(question) }
    }

    /// Paths that are no objects': discovery is for whom is known, health and version for all.
    func mayRead(path: String) -> Bool {
        !isAnonymous || ["/version", "/healthz", "/livez", "/readyz"].contains(path)
    }

    /// Role-based access control's own words.
    func refusal(_ question: AccessRule.Question, _ kind: ServedKind) -> StatusError {
        let place = question.namespace.map { "in the namespace \"\($0)\"" } ?? "at the cluster scope"
        return .forbidden(
            kind, question.name,
            "User \"\(name)\" cannot \(question.verb) resource \"\(question.resource)\" in API group \"\(question.group)\" \(place)")
    }
}
