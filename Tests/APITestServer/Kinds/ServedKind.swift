/// A kind of objects that the server has.
package struct ServedKind: Sendable, Hashable {
    package let group: String
    /// The preferred one first; all are views of one stored object.
    package private(set) var versions: [String]
    package let plural: String
    package let kind: String
    package let isNamespaced: Bool
    /// By a CustomResourceDefinition: no strategic merge, lists are replaced whole, and a replacement
    /// has to say what it replaces.
    var isCustom = false
    var shortNames: [String] = []
    /// `status`, `scale`, `resize`.
    var subresources: Set<String> = []
    /// Changes of these fields raise `metadata.generation`; empty where it is not counted.
    var generationFields: Set<String> = []
    /// Creates what a PUT or a patch does not find.
    var allowsCreateOnUpdate = false
    /// Whether a PUT may do without a resourceVersion.
    var allowsUnconditionalUpdate = true
    /// Only ever created, never stored.
    var isReview = false

    init(
        group: String, versions: [String], plural: String, kind: String, isNamespaced: Bool
    ) {
        self.group = group
        self.versions = versions
        self.plural = plural
        self.kind = kind
        self.isNamespaced = isNamespaced
    }

    /// `deployments.apps`, or `pods`.
    package var qualifiedPlural: String { group.isEmpty ? plural : "\(plural).\(group)" }

    /// `Deployment.apps`, or `Pod`.
    var qualifiedKind: String { group.isEmpty ? kind : "\(kind).\(group)" }

    func apiVersion(_ version: String) -> String { group.isEmpty ? version : "\(group)/\(version)" }

    /// Verbs on the objects themselves.
    var verbs: [String] {
        isReview
            ? ["create"]
            : ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    }

    var hasStatus: Bool { subresources.contains("status") }

    /// Both views of events are of the same objects.
    var storage: String { plural == "events" ? plural : qualifiedPlural }

    /// The same with only these versions served.
    package func serving(_ versions: [String]) -> ServedKind {
        var kind = self
        kind.versions = versions
        return kind
    }
}
