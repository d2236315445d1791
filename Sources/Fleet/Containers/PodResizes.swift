package import KubernetesAPI
package import KubernetesCapacity
package import Logging

/// Resizes the pods that are opted in by a label selector to what is forecast of their containers.
///
/// A few at a time, each container after the other; a pod whose resize was refused is left alone for
/// longer each time. Nothing is begun but by `round`.
package actor PodResizes {
    /// Limits of how fast it goes.
    package struct Pace: Sendable, Hashable {
        /// Pods that are resized at once.
        package var atOnce = 4
        /// How long a pod is left alone after a resize that went well.
        package var pause = Duration.seconds(60)
        /// After one that did not; doubled with each that follows, up to twelve times as long.
        package var pauseAfterRefusal = Duration.seconds(300)

        package init() {}
    }

    private let client: APIClient
    private let selector: String
    private let namespace: String?
    private let naming: ApplicationNaming
    private let planner: ContainerPlanner
    private let resizer: Resizer
    private let rules: ResizeRules
    private let pace: Pace
    private let logger: Logger
    private let clock = ContinuousClock()
    private var pods: [String: Pod] = [:]
    private var running: [String: Task<Void, Never>] = [:]
    /// Until when a pod is left alone, and refusals in a row, by uid.
    private var rests: [String: (until: ContinuousClock.Instant, refusals: Int)] = [:]
    private var done: [ContainerReport.Resize] = []
    private(set) var counts: [String: UInt64] = [:]
    private var wasFailing = false

    /// Below this a container is not made smaller: a runtime needs it to start a process at all.
    private static let leastCPUMilli = 10
    private static let leastMemoryBytes = 32 << 20

    /// - Parameters:
    ///   - selector: labels that opt a pod in.
    ///   - namespace: nil for all.
    package init(
        _ client: APIClient,
        selector: PodSelector,
        namespace: String?,
        naming: ApplicationNaming,
        planner: ContainerPlanner,
        resizer: Resizer,
        rules: ResizeRules,
        pace: Pace = Pace(),
        logger: Logger
    ) {
        self.client = client
        self.selector = selector.description
        self.namespace = namespace
        self.naming = naming
        self.planner = planner
        self.resizer = resizer
        self.rules = rules
        self.pace = pace
        self.logger = logger
    }

    /// Follows the pods until cancelled.
    func follow() async {
        for await change in client.watch(Pod.self, namespace: namespace, labels: selector) {
            switch change {
            case .synced(let all): take(all)
            case .changed(let pod): pods[key(pod)] = pod
            case .removed(let pod):
                pods[key(pod)] = nil
                if let uid = pod.metadata.uid { rests[uid] = nil }
            case .failing(let failure):
                if !wasFailing { logger.warning("watch of pods with \(selector): \(failure)") }
                wasFailing = true
                continue
            }
            wasFailing = false
        }
    }

    /// Looks once, for a single round.
    func load() async throws {
        take(try await client.list(Pod.self, namespace: namespace, labels: selector).items)
    }

    private func take(_ all: [Pod]) {
        pods = Dictionary(all.map { (key($0), $0) }) { $1 }
        let uids = Set(all.compactMap(\.metadata.uid))
        rests = rests.filter { uids.contains($0.key) }
    }

    private func key(_ pod: Pod) -> String {
        "\(pod.metadata.namespace ?? "")/\(pod.metadata.name)"
    }

    // MARK: - A round

    /// Begins what is due, where `isActive`, and tells what came since the last round.
    /// - Parameter changedByOthers: workloads, `NAMESPACE/KIND/NAME`, whose pods a VerticalPodAutoscaler changes.
    func round(isActive: Bool, changedByOthers: Set<String>, _ report: inout ContainerReport) async {
        if isActive {
            for key in pods.keys.sorted() {
                guard let pod = pods[key], !pod.isLeaving else { continue }
                report.pods += 1
                await consider(pod, changedByOthers, &report)
            }
        } else {
            report.pods = pods.count
        }
        report.resizesUnderWay = running.count
        report.resizes = done
        done = []
    }

    private func consider(
        _ pod: Pod,
        _ changedByOthers: Set<String>,
        _ report: inout ContainerReport
    ) async {
        // A VerticalPodAutoscaler names a workload, which applications that are called by a label are not.
        guard changedByOthers.isDisjoint(with: ApplicationNaming.workloads(of: pod.metadata)) else {
            report.podsOfAutoscalers += 1
            return
        }
        let application = naming.application(of: pod.metadata)
        guard let forecast = await planner.forecast(application: application), forecast.isConfident
        else {
            report.unsurePods += 1
            return
        }
        let uid = pod.metadata.uid ?? key(pod)
        guard running.count < pace.atOnce, running[uid] == nil,
            (rests[uid]?.until ?? clock.now) <= clock.now
        else { return }
        // The hold after a rise is known to who resizes.
        let wants = forecast.containers.map(Self.want).filter { want in
            if case .patch = ResizeDecision.decide(pod, want, rules, mayFall: true) {
                true
            } else {
                false
            }
        }
        guard !wants.isEmpty else { return }
        running[uid] = Task {
            for want in wants where !Task.isCancelled { await self.resize(pod, uid, want) }
            self.running[uid] = nil
        }
    }

    private static func want(_ band: ContainerBand) -> ContainerWant {
        ContainerWant(
            container: band.container,
            cpuMilli: band.cpu.map {
                max(leastCPUMilli, Int(min($0.target * 1_000, 1e9).rounded(.up)))
            },
            memoryBytes: band.memory.map {
                max(leastMemoryBytes, Int(min($0.target, 1e15).rounded(.up)))
            }
        )
    }

    private func resize(_ pod: Pod, _ uid: String, _ want: ContainerWant) async {
        let namespace = pod.metadata.namespace ?? ""
        let outcome: String
        let reason: String
        do {
            let answer = try await resizer.resize(
                namespace: namespace,
                pod: pod.metadata.name,
                to: want
            )
            (outcome, reason) = answer.words
            rest(uid, after: answer)
        } catch {
            // Called off: another may be doing it by now.
            if error is CancellationError || Task.isCancelled { return }
            (outcome, reason) = ("failed", "\(error)")
            rests[uid] = (clock.now.advanced(by: pace.pause), rests[uid]?.refusals ?? 0)
            logger.warning("resize of \(namespace)/\(pod.metadata.name): \(error)")
        }
        counts[outcome, default: 0] += 1
        done.append(
            .init(
                namespace: namespace,
                pod: pod.metadata.name,
                container: want.container,
                outcome: outcome,
                reason: reason,
                cpuMilli: want.cpuMilli,
                memoryBytes: want.memoryBytes
            )
        )
    }

    private func rest(_ uid: String, after outcome: Resizer.Outcome) {
        let before = rests[uid]?.refusals ?? 0
        switch outcome {
        case .done, .left: rests[uid] = (clock.now.advanced(by: pace.pause), 0)
        case .rehearsed: rests[uid] = (clock.now.advanced(by: pace.pauseAfterRefusal), 0)
        case .deferred, .refused, .unanswered:
            let times = min(1 << min(before, 4), 12)
            rests[uid] = (clock.now.advanced(by: pace.pauseAfterRefusal * times), before + 1)
        }
    }

    /// Calls off what is under way; what the server has taken stays.
    func abandon() async {
        let tasks = running.values
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    /// Waits for all that is under way.
    func finish() async {
        for task in running.values { await task.value }
    }
}

extension Resizer.Outcome {
    var words: (outcome: String, reason: String) {
        switch self {
        case .done: ("done", "")
        case .deferred(let reason): ("deferred", reason)
        case .refused(let reason): ("refused", reason)
        case .left(let reason): ("left", reason)
        case .unanswered(let reason): ("unanswered", reason)
        case .rehearsed(let change): ("rehearsed", change)
        }
    }
}
