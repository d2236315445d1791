internal import FoundationEssentials
package import KubernetesAPI
package import Logging

/// The recommender of every VerticalPodAutoscaler that names `headroom` as its one: writes what is
/// forecast into `status.recommendation`, which VPA's updater and admission controller then act upon.
///
/// `follow` (or `load`) knows the autoscalers, `recommend` writes. A write names the resourceVersion
/// that it was made from, so that no condition of anybody else's is lost.
package actor Recommender {
    package static let name = "headroom"

    /// One status, and what became of it.
    package struct Answer: Sendable, Hashable {
        package enum Outcome: Sendable, Hashable {
            case written
            /// The server would take it.
            case rehearsed
            case failed(String)
        }

        package let namespace: String
        package let name: String
        package let outcome: Outcome
        /// The targets, for people: `nginx cpu 250m, memory 134217728`; empty without a recommendation.
        package let targets: [String]
    }

    private let client: APIClient
    private let forecasts: any ContainerForecasts
    private let refresh: Duration
    private let maker: RecommendationMaker
    private let isDryRun: Bool
    private let mayAct: @Sendable () async -> Bool
    private let logger: Logger
    private let clock = ContinuousClock()
    private var autoscalers: [Key: VerticalPodAutoscaler] = [:]
    /// Applications whose pods an updater changes, by the autoscaler that says so.
    private var updated: [Key: String] = [:]
    private var writtenAt: [Key: ContinuousClock.Instant] = [:]
    private var rehearsed: [Key: VerticalPodAutoscaler.Status] = [:]
    private var wasFailing = false
    /// All autoscalers were read once.
    private var isKnown = false

    private struct Key: Hashable, Comparable {
        let namespace: String
        let name: String

        init(_ metadata: ObjectMeta) {
            namespace = metadata.namespace ?? ""
            name = metadata.name
        }

        static func < (a: Key, b: Key) -> Bool { (a.namespace, a.name) < (b.namespace, b.name) }
    }

    /// - Parameters:
    ///   - refresh: how old a written recommendation may get before it is written again unchanged.
    ///   - significantChange: the share by which a bound or target must move to be written before.
    ///   - isDryRun: every status is sent with `dryRun=All`.
    ///   - mayAct: asked before each write.
    package init(
        _ client: APIClient,
        _ forecasts: any ContainerForecasts,
        refresh: Duration = .seconds(600),
        significantChange: Double = 0.05,
        isDryRun: Bool = false,
        mayAct: @escaping @Sendable () async -> Bool = { true },
        logger: Logger
    ) {
        self.client = client
        self.forecasts = forecasts
        self.refresh = refresh
        maker = RecommendationMaker(significantChange: significantChange)
        self.isDryRun = isDryRun
        self.mayAct = mayAct
        self.logger = logger
    }

    /// Autoscalers that name Headroom.
    package var count: Int { autoscalers.count }

    /// `NAMESPACE/KIND/NAME` of workloads whose pods VPA's updater, or its admission controller, changes; nil while that is not
    /// known, when any may be one.
    package var workloadsOfUpdaters: Set<String>? { isKnown ? Set(updated.values) : nil }

    // MARK: - Autoscalers

    /// Follows the autoscalers of all namespaces, until cancelled.
    package func follow() async {
        for await change in client.watch(VerticalPodAutoscaler.self, namespace: nil) {
            switch change {
            case .synced(let all): take(all)
            case .changed(let autoscaler): take(autoscaler)
            case .removed(let autoscaler): forget(Key(autoscaler.metadata))
            case .failing(let failure):
                // A cluster without the kind has none.
                if failure.isNotFound { take([]) }
                if !wasFailing {
                    logger.warning("watch of \(VerticalPodAutoscaler.kind.plural): \(failure)")
                }
                wasFailing = true
                continue
            }
            wasFailing = false
        }
    }

    /// Looks once.
    package func load() async throws {
        do {
            take(try await client.list(VerticalPodAutoscaler.self, namespace: nil).items)
        } catch let failure as APIFailure where failure.isNotFound {
            // A cluster without the kind has none.
            take([])
        }
    }

    private func take(_ all: [VerticalPodAutoscaler]) {
        isKnown = true
        autoscalers = [:]
        updated = [:]
        for autoscaler in all { take(autoscaler) }
        writtenAt = writtenAt.filter { autoscalers[$0.key] != nil }
        rehearsed = rehearsed.filter { autoscalers[$0.key] != nil }
    }

    private func take(_ autoscaler: VerticalPodAutoscaler) {
        let key = Key(autoscaler.metadata)
        let isOurs = autoscaler.spec.recommenders?.map(\.name) == [Recommender.name]
        autoscalers[key] = isOurs ? autoscaler : nil
        updated[key] =
            autoscaler.spec.updatePolicy?.updateMode == "Off"
            ? nil
            : autoscaler.spec.targetRef.map { "\(key.namespace)/\($0.kind)/\($0.name)" }
    }

    private func forget(_ key: Key) {
        autoscalers[key] = nil
        updated[key] = nil
        writtenAt[key] = nil
        rehearsed[key] = nil
    }

    // MARK: - Recommendations

    /// Writes what has changed, one after the other. A server that does not answer ends it: the next
    /// call goes on.
    package func recommend() async -> [Answer] {
        var answers: [Answer] = []
        for key in autoscalers.keys.sorted() {
            guard !Task.isCancelled, await mayAct() else { break }
            do {
                if let answer = try await recommend(key, triesAgain: true) {
                    answers.append(answer)
                }
            } catch {
                guard !Task.isCancelled else { break }
                logger.warning("VerticalPodAutoscaler \(key.namespace)/\(key.name): \(error)")
                answers.append(
                    Answer(
                        namespace: key.namespace,
                        name: key.name,
                        outcome: .failed("\(error)"),
                        targets: []
                    )
                )
                if (error as? APIFailure)?.isRetriable ?? true { break }
            }
        }
        return answers
    }

    /// - Returns: nil when nothing was to be written.
    private func recommend(_ key: Key, triesAgain: Bool) async throws -> Answer? {
        guard let autoscaler = autoscalers[key], let target = autoscaler.spec.targetRef else {
            return nil
        }
        let workload = WorkloadReference(
            namespace: key.namespace,
            kind: target.kind,
            name: target.name
        )
        let forecast = await forecasts.forecast(of: workload)
        let status = maker.status(of: autoscaler, forecast, now: Recommender.now())
        let isDue = writtenAt[key].map { $0.advanced(by: refresh) <= clock.now } ?? true
        let before = rehearsed[key] ?? autoscaler.status
        let isChanged = maker.isWorthWriting(status, over: before)
        guard isChanged || (isDue && status.recommendation != nil && status != before) else {
            return nil
        }
        guard await mayAct() else { return nil }
        let written: VerticalPodAutoscaler
        do {
            written = try await client.patch(
                VerticalPodAutoscaler.self,
                namespace: key.namespace,
                name: key.name,
                subresource: "status",
                .merge(StatusPatch(autoscaler.metadata.resourceVersion, status)),
                dryRun: isDryRun
            )
        } catch let failure as APIFailure where failure.isNotFound {
            forget(key)
            return nil
        } catch let failure as APIFailure where failure.isConflict && triesAgain {
            do {
                take(
                    try await client.get(
                        VerticalPodAutoscaler.self,
                        namespace: key.namespace,
                        name: key.name
                    )
                )
            } catch let failure as APIFailure where failure.isNotFound {
                forget(key)
            }
            return try await recommend(key, triesAgain: false)
        }
        writtenAt[key] = clock.now
        // What a watch has told meanwhile is newer.
        if isDryRun {
            rehearsed[key] = status
        } else if autoscalers[key]?.metadata.resourceVersion == autoscaler.metadata.resourceVersion {
            take(written)
        }
        return Answer(
            namespace: key.namespace,
            name: key.name,
            outcome: isDryRun ? .rehearsed : .written,
            targets: (status.recommendation?.containerRecommendations ?? []).map(\.words)
        )
    }

    private struct StatusPatch: Encodable, Sendable {
        struct Metadata: Encodable, Sendable {
            let resourceVersion: String?
        }

        let metadata: Metadata
        let status: VerticalPodAutoscaler.Status

        init(_ resourceVersion: String?, _ status: VerticalPodAutoscaler.Status) {
            metadata = Metadata(resourceVersion: resourceVersion)
            self.status = status
        }
    }

    private static func now() -> String { Date().formatted(.iso8601) }
}

extension VerticalPodAutoscaler.ContainerRecommendation {
    fileprivate var words: String {
        "\(containerName) "
            + target.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(
                separator: ", "
            )
    }
}
