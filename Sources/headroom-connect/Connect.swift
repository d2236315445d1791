internal import ArgumentParser

/// `headroom-connect`: capacity from elsewhere. The agent or an operator runs it; it needs no
/// privileges and holds none.
@main
struct ConnectProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "headroom-connect",
        abstract: "Capacity from Kubernetes and from services behind a URL.",
        subcommands: [FleetCommand.self]
    )
}
