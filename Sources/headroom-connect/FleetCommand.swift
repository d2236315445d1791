internal import Aggregates
internal import ArgumentParser
internal import Capacity
internal import Connect
internal import Fleet
internal import FoundationEssentials
internal import Glibc
internal import KubernetesAPI
internal import KubernetesCapacity
internal import Logging

/// `headroom-connect fleet`: plans pools over all nodes from what Prometheus has.
struct FleetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Plan for all nodes from Prometheus' samples; observes unless told to --act.",
        discussion: """
            Exit codes: 0 planned, or ended by a signal; 2 wrong usage; 3 no cluster to have the lease in. With --once \
            also 1 ended by a signal before all was done, 4 held (Prometheus empty, stale or away), 5 not the active one: \
            another planner has the lease, or it was lost meanwhile.

            EXAMPLES
              headroom plan --fleet --prometheus http://prometheus:9090 --once --no-lease
              headroom plan --fleet --prometheus http://prometheus:9090 \\
                  --pools pools.yaml --json
              headroom plan --fleet --prometheus http://prometheus:9090 \\
                  --act -n headroom --chunk cpu=1,memory=2Gi
              headroom plan --fleet --prometheus http://prometheus:9090 \\
                  --recommend --resize headroom.io/resize=true --once
            """)

    @OptionGroup(title: "Prometheus") var connection: PrometheusFlags
    @Option(help: ArgumentHelp("Pools of applications (docs/fleet.md); without it all are one.", valueName: "file"))
    var pools: String?
    @Option(help: "Resources to plan.") var resources = "cpu,memory"
    @Option(help: "Seconds between rounds.") var interval: Int64 = 15
    @Option(help: "Intervals after which a sample is too old.") var staleAfter: Int64 = 3
    @Option(help: "Days of history to learn from at the start.") var historyDays: Int64 = 8
    @Option(help: "PromQL selector of a 1 or 0 for each agent that is there or not.") var control = "up{job=\"headroom\"}"
    @Option(help: "Cost of a unit short over the cost of a unit idle.") var costRatio = 19.0
    @Option(help: "Seconds from a request to usable capacity.") var lead: Int64 = 300
    @Option(
        help: ArgumentHelp(
            "Where what is learned is kept: a file, or ConfigMaps that all fleet planners share.", valueName: "file|configmap:name"))
    var state: String?
    @Flag(
        help:
            "Change the cluster: keep spare chunks, write recommendations, resize. Without it nothing is stored there but the lease and --state."
    )
    var act = false
    @OptionGroup(title: "Containers") var containers: ContainerOptions
    @OptionGroup(title: "Cluster") var cluster: ClusterOptions
    @OptionGroup(title: "Chunks, with --act") var chunks: ChunkOptions
    @OptionGroup(title: "Metrics") var pages: ListenOptions
    @Flag(help: "Use no lease: only where no other fleet planner runs.") var noLease = false
    @Flag(help: "One round, then end.") var once = false
    @Flag(help: "JSON lines on standard output.") var json = false

    func validate() throws {
        for (name, value) in [("--interval", interval), ("--stale-after", staleAfter), ("--lead", lead)] where value <= 0 || value > 86_400
        {
            throw ValidationError("\(name): \(value); expected 1 to 86400")
        }
        guard costRatio > 0, costRatio.isFinite else { throw ValidationError("--cost-ratio: \(costRatio); expected more than 0") }
        guard (0...365).contains(historyDays) else { throw ValidationError("--history-days: \(historyDays); expected 0 to 365") }
        let foreign = try plannedResources().filter { act && !containers.noChunks && chunks.steps[$0] == nil }
        guard foreign.isEmpty else {
            throw ValidationError(
                "--resources: with --act \(foreign.map(\.name).joined(separator: ", ")) cannot be kept: Kubernetes sets aside cpu and memory"
            )
        }
        if let buffer = chunks.buffer, buffer.contains("{node}") {
            throw ValidationError("--buffer \(buffer): a fleet planner is no node's; expected a name such as headroom-{pool}")
        }
        if let configMap, !ContainerOptions.isObjectName(configMap) {
            throw ValidationError("--state configmap:\(configMap): expected an object's name such as configmap:headroom-fleet")
        }
        if containers.isWanted, noLease, act {
            throw ValidationError("--no-lease: recommendations and resizes that are stored need the lease; leave --act or --no-lease away")
        }
    }

    func run() async throws {
        var logger = Logger(label: "headroom-connect") { JournalLogHandler.standardError(label: $0) }
        logger[metadataKey: "command"] = "fleet"
        var settings = FleetConfiguration.standard(
            costRatio: costRatio, leadSeconds: lead, resources: try plannedResources(),
            chunks: act ? chunks.steps : [:])
        settings.intervalSeconds = interval
        settings.staleIntervals = staleAfter
        settings.historySeconds = historyDays * 86_400
        settings.control = control
        do {
            if let pools { settings.pools = try FleetFile.pools(path: pools) }
        } catch {
            throw ValidationError("--pools: \(error)")
        }
        let options = try connection.options()
        let store: PrometheusClient
        do throws(PrometheusFailure) {
            store = try PrometheusClient(options: options, logger: logger)
        } catch {
            throw ValidationError("--prometheus, --ca-file, --token-file: \(error.message)")
        }
        let needsCluster = !noLease || act || containers.isWanted || configMap != nil
        let client = needsCluster ? try access(logger) : nil
        // Of its own, so that no queue of other requests keeps the lease from being renewed.
        let leaseClient = noLease ? nil : try access(logger)
        let elector = leaseClient.map { self.elector($0, logger) }
        let leadership: any Leadership = elector ?? SoleLeadership()
        let kubernetes =
            act && !containers.noChunks
            ? client.map {
                ClusterCapacityService(
                    $0, chunkSettings(of: $0), mayAct: { await leadership.mayAct }, logger: logger)
            } : nil
        // Keeps the objects for as long as plans are made.
        let keeping = Task { await kubernetes?.run() }
        defer { keeping.cancel() }
        let service: any CapacityService = kubernetes ?? ObservingService()
        let actions = client.flatMap {
            containers.actions(
                $0, settings, store: store, leadership: leadership, isDryRun: !act, level: costRatio / (1 + costRatio), logger)
        }
        let planner = FleetPlanner(
            configuration: settings, store: store, service: service, leadership: leadership,
            checkpoint: checkpoint(client), containers: actions, logger: logger)
        _ = await planner.restore()
        var code: Int32 = 0
        let runner = FleetRunner(planner: planner, elector: elector, interval: .seconds(interval), logger: logger)
        if once {
            code = await single(runner, actions, service.name, logger)
        } else {
            let status = FleetStatus(interval: .seconds(interval)) { text in
                if let client { text.addClient(client.counts.all) }
                if let kubernetes { text.addCapacity(kubernetes.counts.all) }
                if let elector { text.addLease(elector.counts.all) }
            }
            let name = service.name
            try await pages.serving(logger, { status.page($0) }) { await serve(runner, status, name) }
        }
        await store.close()
        await client?.close()
        await leaseClient?.close()
        if code != 0 { throw ExitCode(code) }
    }

    /// The name in `--state configmap:NAME`.
    private var configMap: String? {
        guard let state, state.hasPrefix("configmap:") else { return nil }
        return String(state.dropFirst("configmap:".count))
    }

    private func checkpoint(_ client: APIClient?) -> FleetCheckpoint? {
        guard let configMap, let client else { return state.map(FleetCheckpoint.init(path:)) }
        return FleetCheckpoint(
            store: ConfigMapCheckpointStore(
                client, namespace: cluster.namespace ?? client.access.namespace, map: configMap,
                writer: Self.identity))
    }

    /// - Returns: the exit code.
    private func single(
        _ runner: FleetRunner, _ actions: ContainerActions?, _ provider: String, _ logger: Logger
    ) async -> Int32 {
        let outcome = try? await StopSignals.cancelling {
            await runner.once {
                do {
                    try await actions?.load()
                } catch {
                    logger.error("\(error)")
                }
            }
        }
        switch outcome {
        case .planned(let report)?:
            write(RoundText(report, provider: provider))
            return report.isHeld ? 4 : 0
        case .notActive(let report)?:
            write(RoundText(report, provider: provider))
            return 5
        case .stopped?, nil: return 1
        }
    }

    private func serve(_ runner: FleetRunner, _ status: FleetStatus, _ provider: String) async {
        try? await StopSignals.cancelling {
            await runner.run { report in
                status.note(report)
                write(RoundText(report, provider: provider))
            }
        }
    }

    private func write(_ text: RoundText) {
        let bytes = json ? text.lines : Array(text.table.utf8)
        // A reader that is gone ends the process, as of any filter.
        try? AtomicFile.write(bytes, to: STDOUT_FILENO, "standard output")
    }

    private func access(_ logger: Logger) throws -> APIClient {
        do throws(ClusterAccessError) {
            return try APIClient(
                access: try .find(kubeconfig: cluster.kubeconfig, context: cluster.context), logger: logger)
        } catch {
            logger.error("\(error)")
            throw ExitCode(3)
        }
    }

    private func chunkSettings(of client: APIClient) -> ChunkSettings {
        chunks.settings(namespace: cluster.namespace ?? client.access.namespace, node: nil)
    }

    private func plannedResources() throws -> [Resource] {
        let names = resources.split(separator: ",").map(String.init)
        let planned = try names.map { name in
            guard let resource = Resource(name: name) else {
                throw ValidationError(
                    "--resources: \"\(name)\" is none; expected of \(Resource.allCases.map(\.name).joined(separator: ", "))")
            }
            return resource
        }
        guard !planned.isEmpty, Set(planned).count == planned.count else {
            throw ValidationError("--resources: \"\(resources)\"; expected each once, such as cpu,memory")
        }
        return planned
    }

    private func elector(_ client: APIClient, _ logger: Logger) -> LeaseElector {
        LeaseElector(
            identity: Self.identity,
            store: ClusterLeaseStore(
                client: client, namespace: cluster.namespace ?? client.access.namespace, name: Right.lease),
            monotonic: WallClock.monotonic, wall: WallClock.text, logger: logger)
    }

    /// Of this process, as no other has it.
    private static let identity: String = {
        let host = ProcessInfo.processInfo.environment["HOSTNAME"] ?? ProcessInfo.processInfo.hostName
        return "\(host)_\(String(UInt64.random(in: .min ... .max), radix: 36))"
    }()
}
