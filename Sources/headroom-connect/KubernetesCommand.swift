internal import ArgumentParser
internal import Capacity
internal import Connect
internal import KubernetesAPI
internal import KubernetesCapacity
internal import Logging

/// `headroom-connect kubernetes`: the provider program that keeps chunks in a cluster.
struct KubernetesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubernetes",
        abstract: "Keep spare capacity in a Kubernetes cluster.",
        discussion: """
            Reads requests from standard input and writes answers to standard output, one JSON object a line \
            (docs/provider-program.md), until standard input ends. Capacity is kept as a CapacityBuffer where \
            the cluster serves that kind, else as a Deployment of pause pods (docs/kubernetes.md).

            EXAMPLES
              In the agent's configuration:
                provider:
                  command: [headroom-connect, kubernetes, -n, headroom,
                            --chunk, "cpu=1,memory=2Gi"]
                  user: nobody
              Look before anything is written:
                headroom-connect kubernetes -n headroom --max-chunks 20 --dry-run
              On nodes set apart, with pods instead of a buffer:
                headroom-connect kubernetes -n headroom --mode deployment \\
                    --node-selector pool=web --toleration dedicated=web:NoSchedule
            """
    )

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var node: NodeOptions
    @OptionGroup var chunks: ChunkOptions
    @OptionGroup(title: "Metrics") var pages: ListenOptions

    @Flag(help: "Send every object to the server to be checked, store none, and end.")
    var dryRun = false

    @Option(
        help: ArgumentHelp("The pool whose objects --dry-run checks.", valueName: "name")
    )
    var pool = "node"

    func run() async throws {
        if !dryRun { try requirePipe() }
        let logger = Logger(label: "headroom-connect kubernetes") {
            JournalLogHandler.standardError(label: $0)
        }
        try await cluster.withClient(logger) { client, namespace in
            let settings = chunks.settings(namespace: namespace, node: node.name)
            if dryRun { return try await check(client, settings) }
            let service = ClusterCapacityService(client, settings, logger: logger)
            let link = ProviderLink(service, logger: logger)
            try await pages.serving(
                logger,
                { path in
                    var text = MetricText()
                    text.addLink(await link.counts.all)
                    text.addClient(client.counts.all)
                    text.addCapacity(service.counts.all)
                    return text.page(path)
                }
            ) {
                await withDiscardingTaskGroup { group in
                    group.addTask { await service.run() }
                    await link.run()
                    group.cancelAll()
                }
            }
        }
    }

    private func check(_ client: APIClient, _ settings: ChunkSettings) async throws {
        let choice = try await ClusterKinds(of: client).choice(settings.mode)
        let runs = try await DryRun.all(client, settings, choice, pool: pool)
        for run in runs {
            print(run.refusal.map { "refused  \(run.object): \($0)" } ?? "accepted \(run.object)")
        }
        if runs.contains(where: { $0.refusal != nil }) { throw ExitCode(1) }
    }
}
