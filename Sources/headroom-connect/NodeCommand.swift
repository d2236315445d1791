internal import ArgumentParser
internal import AsyncHTTPClient
internal import KubernetesAPI
internal import KubernetesNode
internal import Logging
internal import NIOSSL

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
              headroom-connect node --node-name "$NODE_NAME" --pods-file /run/headroom/pods.jsonl --listen 0.0.0.0:9417
              headroom-connect node --node-name n1 --pods-file pods.jsonl --application-label app.kubernetes.io/name
            """
    )

    @OptionGroup var cluster: ClusterOptions

    @Option(help: ArgumentHelp("The node's name in the cluster.", valueName: "name"))
    var nodeName: String

    @Option(help: ArgumentHelp("The file to keep, as the agent's pods.file has it.", valueName: "path"))
    var podsFile: String

    @Option(help: ArgumentHelp("A label whose value names the application of pods that have it; others are named by their owner.", valueName: "label"))
    var applicationLabel: String?

    @Option(help: ArgumentHelp("Show the agent's metrics here.", valueName: "host:port"))
    var listen: String?

    @Option(help: ArgumentHelp("The agent's socket.", valueName: "path"))
    var socket = "/run/headroom/headroom.sock"

    @Option(help: ArgumentHelp("A file with the bearer token that /metrics asks for.", valueName: "path"))
    var tokenFile: String?

    @Option(help: ArgumentHelp("A certificate for --listen, PEM.", valueName: "path"))
    var certificate: String?

    @Option(help: ArgumentHelp("Its private key, PEM.", valueName: "path"))
    var certificateKey: String?

    func validate() throws {
        guard (certificate == nil) == (certificateKey == nil) else {
            throw ValidationError("--certificate and --certificate-key go together; one is missing")
        }
        if let listen, Self.address(listen) == nil {
            throw ValidationError("--listen: \"\(listen)\"; expected an address and a port, such as 0.0.0.0:9417")
        }
    }

    /// `0.0.0.0:9417` or `[::]:9417`.
    static func address(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return host.isEmpty ? nil : (host, port)
    }

    func run() async throws {
        let logger = Logger.connect("node")
        let proxy = try proxyOptions()
        try await cluster.withClient(logger) { client, _ in
            let watch = PodWatch(
                client: client, node: nodeName, path: podsFile,
                naming: ApplicationNaming(label: applicationLabel), logger: logger)
            guard let proxy else { return await watch.run() }
            var configuration = HTTPClient.Configuration()
            // An agent that is not there is told at once.
            configuration.connectionPool.retryConnectionEstablishment = false
            let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await watch.run() }
                group.addTask { try await MetricsProxy(options: proxy, client: http, logger: logger).run() }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    private func proxyOptions() throws -> MetricsProxyOptions? {
        guard let listen, let (host, port) = Self.address(listen) else { return nil }
        var tls: TLSConfiguration?
        if let certificate, let certificateKey {
            do {
                tls = .makeServerConfiguration(
                    certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
                    privateKey: .privateKey(try NIOSSLPrivateKey(file: certificateKey, format: .pem)))
            } catch {
                throw ValidationError("--certificate, --certificate-key: no certificate and key in PEM: \(error)")
            }
        }
        return MetricsProxyOptions(host: host, port: port, socket: socket, tls: tls, tokenFile: tokenFile)
    }
}
