package import KubernetesAPI

/// What a cluster offers, what of it would be used, and what is missing for that.
package struct ClusterOffer: Encodable, Sendable {
    package struct Feature: Encodable, Sendable, Hashable {
        package let name: String
        package let isOffered: Bool
        /// What it is for.
        package let purpose: String
    }

    package struct RightAnswer: Encodable, Sendable, Hashable {
        package let verb: String
        package let resource: String
        package let group: String
        /// Nil: in all namespaces, or of a kind without.
        package let namespace: String?
        /// Of the one object; nil: any.
        package let name: String?
        package let purpose: Purpose
        package let isAllowed: Bool
    }

    /// What rights are for. Without those for chunks nothing works.
    package enum Purpose: String, Encodable, Sendable {
        case chunks
        case resize
        case recommendations
        /// A fleet planner's lease and ConfigMaps.
        case fleet
    }

    package let server: String
    package let version: String
    package let authentication: String
    package let namespace: String
    package let features: [Feature]
    /// The objects that hold chunks; nil when there are none that may.
    package let use: String?
    package let rights: [RightAnswer]
    package let dryRun: [DryRun]
    /// What stands in the way of chunks; empty when nothing does.
    package let problems: [String]
    /// Rules for a Role in the namespace that are missing, as YAML; empty when none is.
    package let missingRules: String
    /// Rules for a ClusterRole that are missing, as YAML; empty when none is.
    package let missingClusterRules: String

    package var isUsable: Bool { problems.isEmpty }
}

extension ClusterOffer {
    /// Asks the cluster for everything. Nothing is written.
    /// - Throws: `APIFailure` when the cluster does not answer.
    package static func find(
        _ client: APIClient,
        _ settings: ChunkSettings,
        pool: String
    ) async throws -> ClusterOffer {
        let discovery = try await client.discover()
        let kinds = ClusterKinds(discovery)
        var problems: [String] = []
        let choice: ClusterKinds.Choice?
        do throws(NoBufferKind) {
            choice = try kinds.choice(settings.mode)
        } catch {
            choice = nil
            problems.append("\(error)")
        }
        var asked = Asked(client: client, namespace: settings.namespace)
        if let choice { try await asked.ask(Right.needed(for: choice), for: .chunks) }
        if kinds.hasResize { try await asked.ask(Right.resize, for: .resize) }
        if kinds.hasVerticalPodAutoscaler {
            try await asked.ask(Right.recommend, for: .recommendations)
        }
        try await asked.ask(Right.fleet, for: .fleet)
        for answer in asked.answers where answer.purpose == .chunks && !answer.isAllowed {
            problems.append("no right to \(answer.verb) \(answer.resource)")
        }
        var tried: [DryRun] = []
        if let choice, problems.isEmpty {
            tried = try await DryRun.all(client, settings, choice, pool: pool)
            problems += tried.compactMap { run in run.refusal.map { "\(run.object): \($0)" } }
        }
        return ClusterOffer(
            server: client.access.server,
            version: discovery.serverVersion,
            authentication: "\(client.access.identity), from \(client.access.origin)",
            namespace: settings.namespace,
            features: features(kinds),
            use: choice?.rawValue,
            rights: asked.answers,
            dryRun: tried,
            problems: problems,
            missingRules: asked.missing(inNamespace: true).rules,
            missingClusterRules: asked.missing(inNamespace: false).rules
        )
    }

    private static func features(_ kinds: ClusterKinds) -> [Feature] {
        [
            Feature(
                name: "CapacityBuffer v1beta1",
                isOffered: kinds.hasBufferV1Beta1,
                purpose: "spare capacity that an autoscaler keeps"
            ),
            Feature(
                name: "CapacityBuffer v1alpha1",
                isOffered: kinds.hasBufferV1Alpha1,
                purpose: "the same, of Cluster Autoscaler 1.34"
            ),
            Feature(
                name: "pods/resize",
                isOffered: kinds.hasResize,
                purpose: "requests of running pods changed in place"
            ),
            Feature(
                name: "VerticalPodAutoscaler v1",
                isOffered: kinds.hasVerticalPodAutoscaler,
                purpose: "forecasts as recommendations"
            ),
            Feature(
                name: "metrics.k8s.io",
                isOffered: kinds.hasMetrics,
                purpose: "not used; shown because the VPA's own recommender needs it"
            ),
        ]
    }

    /// Answers to what may be done.
    private struct Asked {
        let client: APIClient
        let namespace: String
        var answers: [RightAnswer] = []
        private var missing: [(right: Right, isInNamespace: Bool)] = []

        init(client: APIClient, namespace: String) {
            self.client = client
            self.namespace = namespace
        }

        mutating func ask(_ rights: [(Right, ResourceKind)], for purpose: Purpose) async throws {
            for (right, kind) in rights {
                let isInNamespace = [.chunks, .fleet].contains(purpose) && kind.isNamespaced
                let place = isInNamespace ? namespace : nil
                let isAllowed = try await client.mayI(
                    right.verb,
                    kind,
                    namespace: place,
                    subresource: right.subresource,
                    name: right.name
                )
                if !isAllowed { missing.append((right, isInNamespace)) }
                answers.append(
                    RightAnswer(
                        verb: right.verb,
                        resource: right.path,
                        group: right.group,
                        namespace: place,
                        name: right.name,
                        purpose: purpose,
                        isAllowed: isAllowed
                    )
                )
            }
        }

        func missing(inNamespace: Bool) -> [Right] {
            var seen: Set<Right> = []
            return missing.filter { $0.isInNamespace == inNamespace }.map(\.right)
                .filter { seen.insert($0).inserted }
        }
    }
}
