internal import ArgumentParser
internal import Connect
internal import KubernetesAPI
internal import KubernetesNode
internal import Logging

/// `headroom-connect node`: beside the agent on a node of a cluster.
struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Tell the agent the names of this node's pods, and show its metrics to the cluster.",
        discussion: """
            Watches the pods of one node and keeps the file that the agent's `pods.file` names. With --listen it also shows \
            the agent's /metrics, /healthz and /readyz, which the agent itself tells on a Unix socket alone. Needs no \
            privileges; in the cluster the right to list and watch pods.

            EXAMPLES
              headroom-connect node --node-name "$NODE_NAME" \\
                  --pods-file /run/headroom/pods.jsonl --listen 0.0.0.0:9417
              headroom-connect node --node-name n1 --pods-file pods.jsonl \\
                  --application-label app.kubernetes.io/name
            """
    )

    @OptionGroup var cluster: ClusterOptions

    @Option(help: ArgumentHelp("The node's name in the cluster.", valueName: "name"))
    var nodeName: String

    @Option(help: ArgumentHelp("The file to keep, as the agent's pods.file has it.", valueName: "path"))
    var podsFile: String

    @Option(
        help: ArgumentHelp(
            "A label whose value names the application of pods that have it; others are named by their owner.", valueName: "label"))
    var applicationLabel: String?

    @OptionGroup(title: "The agent's metrics") var pages: ListenOptions

    @Option(help: ArgumentHelp("The agent's socket.", valueName: "path"))
    var socket = "/run/headroom/headroom.sock"

    func run() async throws {
        let logger = Logger.connect("node")
        let proxy = try pages.options()
        try await cluster.withClient(logger) { client, _ in
            try await StopSignals.cancelling { try await serve(client, proxy, logger) }
        }
    }

    private func serve(_ client: APIClient, _ proxy: PageServerOptions?, _ logger: Logger) async throws {
        let watch = PodWatch(
            client: client, node: nodeName, path: podsFile,
            naming: ApplicationNaming(label: applicationLabel), logger: logger)
        guard let proxy else { return await watch.run() }
        try await LocalClient.with { http in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await watch.run() }
                group.addTask { try await MetricsProxy(socket: socket, proxy, client: http, logger: logger).run() }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }
}
