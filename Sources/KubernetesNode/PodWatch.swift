package import KubernetesAPI
package import Logging

/// Follows the pods of one node and keeps the agent's file of them. Runs until it is cancelled.
package struct PodWatch: Sendable {
    private let client: APIClient
    private let node: String
    private let path: String
    private let naming: ApplicationNaming
    private let logger: Logger

    /// - Parameters:
    ///   - node: its name in the cluster; only its pods are asked for.
    ///   - path: the file, as the agent's `pods.file` has it.
    package init(
        client: APIClient, node: String, path: String, naming: ApplicationNaming, logger: Logger
    ) {
        self.client = client
        self.node = node
        self.path = path
        self.naming = naming
        self.logger = logger
    }

    package func run() async {
        var writer = PodFileWriter(path: path, naming: naming)
        var leftOut = 0
        for await change in client.watch(
            NodePod.self, namespace: nil, fields: "spec.nodeName=\(node)")
        {
            if case .failing(let failure) = change {
                logger.warning("pods of \(node): \(failure); those that are known keep their names")
                continue
            }
            do {
                try writer.take(change)
            } catch {
                logger.error("\(error): pods that came since have no names")
                continue
            }
            if writer.leftOut > leftOut {
                logger.warning(
                    "\(path): \(writer.leftOut) pods of \(node) are left out: another has their uid, or their line would be too long")
            }
            leftOut = writer.leftOut
            if case .synced = change {
                logger.info("\(path): \(writer.count) pods of \(node)")
            }
        }
    }
}
