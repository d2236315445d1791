internal import ArgumentParser
internal import Glibc

/// `headroom-connect`: capacity from elsewhere. The agent or an operator runs it; it needs no
/// privileges and holds none.
@main
struct ConnectProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "headroom-connect",
        abstract: "Capacity from Kubernetes and from services behind a URL.",
        discussion: """
            EXAMPLES
              headroom-connect doctor -n headroom      what a cluster offers
              headroom-connect kubernetes --help       spare chunks in a cluster
              headroom-connect webhook --help          any service behind a URL
              headroom-connect fleet --help            a plan for all nodes

            EXIT CODES
              0 good, 1 the work failed, 2 wrong usage, 3 the cluster does not answer,
              4 the fleet's plan is held: Prometheus is empty, stale or away,
              5 another fleet planner is the active one (both with fleet --once)
            """,
        subcommands: [
            NodeCommand.self, FleetCommand.self, ImportCommand.self, KubernetesCommand.self, WebhookCommand.self,
            ClusterDoctorCommand.self, OTLPCommand.self,
        ]
    )

    static func main() async {
        do {
            var command = try await asyncParseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    /// ArgumentParser's own errors, with usage errors as exit code 2.
    private static func end(with error: any Error) -> Never {
        let code = exitCode(for: error)
        let message = fullMessage(for: error)
        if code.isSuccess {
            print(message)
        } else if !message.isEmpty {
            StandardError.write(message)
        }
        Glibc.exit(code == .validationFailure ? 2 : code.rawValue)
    }
}
