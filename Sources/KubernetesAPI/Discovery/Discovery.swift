/// What a server has.
package struct Discovery: Sendable, Hashable {
    /// `v1.36.0`.
    package let serverVersion: String
    /// Verbs by group, version, and plural or `plural/subresource`.
    private let verbs: [String: Set<String>]
    /// By group, the one preferred by the server first.
    private let versionsByGroup: [String: [String]]

    init(serverVersion: String, groups: [Group]) {
        self.serverVersion = serverVersion
        var verbs: [String: Set<String>] = [:]
        for group in groups {
            for version in group.versions {
                for resource in version.resources {
                    verbs["\(group.name)/\(version.name)/\(resource.name)"] = resource.verbs
                }
            }
        }
        self.verbs = verbs
        versionsByGroup = Dictionary(groups.map { ($0.name, $0.versions.map(\.name)) }) { $0 + $1 }
    }

    struct Group {
        var name: String
        var versions: [Version]
    }

    struct Version {
        var name: String
        var resources: [Resource]
    }

    struct Resource {
        /// `pods` or `pods/resize`.
        var name: String
        var verbs: Set<String>
    }

    package func offers(_ kind: ResourceKind, subresource: String? = nil, verb: String? = nil) -> Bool {
        let name = subresource.map { "\(kind.plural)/\($0)" } ?? kind.plural
        guard let found = verbs["\(kind.group)/\(kind.version)/\(name)"] else { return false }
        return verb.map(found.contains) ?? true
    }

    /// Served versions of a group, the preferred first; empty when there is no such group.
    package func versions(of group: String) -> [String] { versionsByGroup[group] ?? [] }
}
