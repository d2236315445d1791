internal import ArgumentParser
internal import Capacity
internal import FoundationEssentials
internal import KubernetesAPI
internal import KubernetesCapacity
internal import Logging

/// `headroom-connect doctor`: what a cluster offers, and what is missing.
struct ClusterDoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what a Kubernetes cluster offers and which rights are missing.",
        discussion: """
            Asks the server what it serves and whether each call that Headroom makes would be allowed, and sends \
            the objects that would be written with dryRun=All. Nothing is stored.

            Ends with 0 when capacity can be kept, 1 when something is missing for that, 3 when the cluster does \
            not answer or the kubeconfig cannot be used.

            EXAMPLES
              headroom-connect doctor --namespace headroom
              headroom-connect doctor --kubeconfig ./admin.conf --context staging --json
            """
    )

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var node: NodeOptions
    @OptionGroup var chunks: ChunkOptions

    @Option(help: ArgumentHelp("The pool whose objects are checked.", valueName: "name"))
    var pool = "node"

    @Flag(help: "One JSON object instead of text.")
    var json = false

    func run() async throws {
        let logger = Logger(label: "headroom-connect doctor") {
            JournalLogHandler.standardError(label: $0)
        }
        // Some twenty questions at once, and then no more.
        var options = APIClientOptions()
        options.burst = 60
        let node = self.node.name
        let offer = try await cluster.withClient(logger, options) { client, namespace in
            try await ClusterOffer.find(client, chunks.settings(namespace: namespace, node: node), pool: pool)
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(offer), as: UTF8.self))
        } else {
            print(offer.text, terminator: "")
        }
        if !offer.isUsable { throw ExitCode(1) }
    }
}
