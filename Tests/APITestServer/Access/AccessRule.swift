/// What someone may do, as in a Role.
package struct AccessRule: Sendable {
    /// `*` for all, as in the others.
    var groups: Set<String>
    /// `pods` or `pods/resize`.
    var resources: Set<String>
    var verbs: Set<String>
    /// Nil for the whole cluster.
    var namespace: String?
    /// Nil for all names.
    var names: Set<String>?

    package init(
        groups: Set<String>, resources: Set<String>, verbs: Set<String>, namespace: String? = nil,
        names: Set<String>? = nil
    ) {
        self.groups = groups
        self.resources = resources
        self.verbs = verbs
        self.namespace = namespace
        self.names = names
    }

    package static let everything = AccessRule(groups: ["*"], resources: ["*"], verbs: ["*"])

    struct Question {
        var verb: String
        var group: String
        /// With the subresource: `pods/resize`.
        var resource: String
        var namespace: String?
        var name: String?
    }

    func allows(_ question: Question) -> Bool {
        func has(_ set: Set<String>, _ member: String) -> Bool { set.contains("*") || set.contains(member) }
        guard has(verbs, question.verb), has(groups, question.group), has(resources, question.resource) else {
            return false
        }
        if let namespace, namespace != question.namespace { return false }
        if let names { return question.name.map(names.contains) ?? false }
        return true
    }
}
