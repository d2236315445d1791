internal import FoundationEssentials
package import KubernetesAPI
package import Logging

/// The recommender of every VerticalPodAutoscaler that names `headroom` as its one: writes what is
/// forecast into `status.recommendation`, which VPA's updater and admission controller then act upon.
package actor Recommender {
    package static let name = "headroom"

    private let client: APIClient
    private let forecasts: any ContainerForecasts
    private let interval: Duration
    private let refresh: Duration
    private let maker: RecommendationMaker
    private let logger: Logger
    private let clock = ContinuousClock()
    private var autoscalers: [Key: VerticalPodAutoscaler] = [:]
    private var writtenAt: [Key: ContinuousClock.Instant] = [:]
    /// Recommendations written since the start.
    package private(set) var written: UInt64 = 0
    /// Writes that failed since the start.
    package private(set) var failed: UInt64 = 0

    private struct Key: Hashable {
        let namespace: String
        let name: String

        init(_ metadata: ObjectMeta) {
            namespace = metadata.namespace ?? ""
            name = metadata.name
        }
    }

    /// - Parameters:
    ///   - interval: how often forecasts are looked at.
    ///   - refresh: how old a written recommendation may get before it is written again unchanged.
    ///   - significantChange: the share by which a bound or target must move to be written before.
    package init(
        _ client: APIClient,
        _ forecasts: any ContainerForecasts,
        interval: Duration = .seconds(60),
        refresh: Duration = .seconds(600),
        significantChange: Double = 0.05,
        logger: Logger
    ) {
        self.client = client
        self.forecasts = forecasts
        self.interval = interval
        self.refresh = refresh
        maker = RecommendationMaker(significantChange: significantChange)
        self.logger = logger
    }

    /// Follows the autoscalers of all namespaces and writes their recommendations, until cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.follow() }
            while !Task.isCancelled {
                await recommendAll()
                try? await Task.sleep(for: interval)
            }
        }
    }

    private func follow() async {
        for await change in client.watch(VerticalPodAutoscaler.self, namespace: nil) {
            switch change {
            case .synced(let all):
                autoscalers = [:]
                for autoscaler in all where isOurs(autoscaler) {
                    autoscalers[Key(autoscaler.metadata)] = autoscaler
                }
                writtenAt = writtenAt.filter { autoscalers[$0.key] != nil }
                await recommendAll()
            case .changed(let autoscaler):
                let key = Key(autoscaler.metadata)
                let isNew = autoscalers[key]?.spec != autoscaler.spec
                autoscalers[key] = isOurs(autoscaler) ? autoscaler : nil
                // What our own write changed needs no answer.
                if isNew, isOurs(autoscaler) { await recommend(autoscaler) }
            case .removed(let autoscaler):
                autoscalers[Key(autoscaler.metadata)] = nil
                writtenAt[Key(autoscaler.metadata)] = nil
            case .failing(let failure):
                logger.warning("watch of \(VerticalPodAutoscaler.kind.plural): \(failure)")
            }
        }
    }

    private func isOurs(_ autoscaler: VerticalPodAutoscaler) -> Bool {
        let names = autoscaler.spec.recommenders?.map(\.name) ?? []
        return names == [Recommender.name]
    }

    private func recommendAll() async {
        for autoscaler in autoscalers.values {
            guard !Task.isCancelled else { return }
            await recommend(autoscaler)
        }
    }

    private func recommend(_ autoscaler: VerticalPodAutoscaler) async {
        let key = Key(autoscaler.metadata)
        guard let target = autoscaler.spec.targetRef else { return }
        let workload = WorkloadReference(
            namespace: key.namespace,
            kind: target.kind,
            name: target.name
        )
        let forecast = await forecasts.forecast(of: workload)
        let status = maker.status(of: autoscaler, forecast, now: Recommender.now())
        let isDue = writtenAt[key].map { $0.advanced(by: refresh) <= clock.now } ?? true
        let isChanged = maker.isWorthWriting(status, over: autoscaler.status)
        guard isChanged || (isDue && status.recommendation != nil && status != autoscaler.status)
        else {
            return
        }
        do {
            autoscalers[key] = try await client.patch(
                VerticalPodAutoscaler.self,
                namespace: key.namespace,
                name: key.name,
                subresource: "status",
                .merge(StatusPatch(status: status))
            )
            writtenAt[key] = clock.now
            written += 1
        } catch let failure as APIFailure where failure.isNotFound {
            autoscalers[key] = nil
        } catch {
            guard !Task.isCancelled else { return }
            failed += 1
            logger.warning("VerticalPodAutoscaler \(key.namespace)/\(key.name): \(error)")
        }
    }

    private struct StatusPatch: Encodable, Sendable {
        let status: VerticalPodAutoscaler.Status
    }

    private static func now() -> String { Date().formatted(.iso8601) }
}
