internal import FoundationEssentials
internal import Logging
internal import NIOCore
internal import NIOFoundationCompat

extension APIClient {
    private static let aggregated =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

    /// Asks what the server has: in three requests where it can tell of all groups at once, else in
    /// one a group and version. A group whose own server is down has nothing.
    package func discover() async throws -> Discovery {
        struct Version: Decodable {
            let gitVersion: String
        }
        let version: Version = try await json("/version")
        var groups: [Discovery.Group] = []
        for root in ["/api", "/apis"] {
            let (type, body) = try await raw(root, accept: Self.aggregated)
            if type.contains("as=APIGroupDiscoveryList") {
                let list = try decode(AggregatedDiscovery.self, body, root)
                groups += list.items.map(\.group)
            } else if root == "/api" {
                let core = try decode(CoreVersions.self, body, root)
                groups.append(
                    try await legacy("", core.versions.map { ($0, "/api/\($0)") }))
            } else {
                for group in try decode(LegacyGroups.self, body, root).groups {
                    groups.append(
                        try await legacy(
                            group.name, group.ordered.map { ($0.version, "/apis/\($0.groupVersion)") }))
                }
            }
        }
        return Discovery(serverVersion: version.gitVersion, groups: groups)
    }

    private func legacy(_ name: String, _ versions: [(String, String)]) async throws -> Discovery.Group {
        var group = Discovery.Group(name: name, versions: [])
        for (version, path) in versions {
            do {
                let list: LegacyResources = try await json(path)
                group.versions.append(
                    .init(name: version, resources: list.resources.map { .init(name: $0.name, verbs: Set($0.verbs)) }))
            } catch let failure as APIFailure where failure.isRetriable || failure.isNotFound {
                // An aggregated server that does not answer must not hide all others.
                logger.warning("discovery: \(failure)")
            }
        }
        return group
    }

    private func json<T: Decodable>(_ path: String) async throws -> T {
        try decode(T.self, try await raw(path).body, path)
    }

    private func decode<T: Decodable>(_ type: T.Type, _ body: ByteBuffer, _ path: String) throws -> T {
        do {
            return try JSONDecoder().decode(type, from: body)
        } catch {
            throw APIFailure(
                request: .init(verb: "get", path: path), status: nil, reason: "Unreadable",
                message: "this is no Kubernetes API server's answer: \(error)")
        }
    }

    /// Whether we may do something, as the server sees it.
    /// - Parameters:
    ///   - verb: such as `get` or `patch`.
    ///   - kind: of what.
    ///   - namespace: nil for all namespaces, or of a kind without.
    ///   - subresource: such as `status`; nil: the object itself.
    ///   - name: of one object; nil: any.
    package func mayI(
        _ verb: String, _ kind: ResourceKind, namespace: String?, subresource: String? = nil,
        name: String? = nil
    ) async throws -> Bool {
        struct Review: Codable {
            struct Spec: Codable {
                struct Attributes: Codable {
                    var namespace: String?
                    var verb: String
                    var group: String
                    var version: String
                    var resource: String
                    var subresource: String?
                    var name: String?
                }

                var resourceAttributes: Attributes
            }

            struct Status: Codable {
                var allowed: Bool
            }

            var apiVersion = "authorization.k8s.io/v1"
            var kind = "SelfSubjectAccessReview"
            var spec: Spec
            var status: Status?
        }
        let reviews = ResourceKind(
            group: "authorization.k8s.io", version: "v1", plural: "selfsubjectaccessreviews",
            kind: "SelfSubjectAccessReview", isNamespaced: false)
        let question = Review(
            spec: .init(
                resourceAttributes: .init(
                    namespace: kind.isNamespaced ? namespace : nil, verb: verb, group: kind.group,
                    version: kind.version, resource: kind.plural, subresource: subresource, name: name)))
        let answer: Review = try await post(question, .init(verb: "create", kind: reviews))
        return answer.status?.allowed ?? false
    }
}

private struct AggregatedDiscovery: Decodable {
    struct Item: Decodable {
        struct Metadata: Decodable {
            var name: String?
        }

        struct Version: Decodable {
            var version: String
            var resources: [Resource]?
        }

        struct Resource: Decodable {
            var resource: String
            var verbs: [String]?
            var subresources: [Subresource]?
        }

        struct Subresource: Decodable {
            var subresource: String
            var verbs: [String]?
        }

        /// The core group has no name.
        var metadata: Metadata?
        var versions: [Version]

        var group: Discovery.Group {
            Discovery.Group(
                name: metadata?.name ?? "",
                versions: versions.map { version in
                    let resources = (version.resources ?? []).flatMap { resource in
                        [Discovery.Resource(name: resource.resource, verbs: Set(resource.verbs ?? []))]
                            + (resource.subresources ?? []).map {
                                .init(name: "\(resource.resource)/\($0.subresource)", verbs: Set($0.verbs ?? []))
                            }
                    }
                    return Discovery.Version(name: version.version, resources: resources)
                })
        }
    }

    var items: [Item]
}

private struct CoreVersions: Decodable {
    var versions: [String]
}

private struct LegacyGroups: Decodable {
    struct Version: Decodable {
        var groupVersion: String
        var version: String
    }

    struct Group: Decodable {
        var name: String
        var versions: [Version]
        var preferredVersion: Version?

        var ordered: [Version] {
            guard let preferred = preferredVersion else { return versions }
            return [preferred] + versions.filter { $0.version != preferred.version }
        }
    }

    var groups: [Group]
}

private struct LegacyResources: Decodable {
    struct Resource: Decodable {
        var name: String
        var verbs: [String]
    }

    var resources: [Resource]
}
