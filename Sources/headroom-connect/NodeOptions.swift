internal import ArgumentParser
internal import FoundationEssentials

/// Whose objects are kept: an agent asks for its own node, and each node has objects of its own.
struct NodeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The node that is asked for: {node} in --buffer, and the objects' owner. Without it NODE_NAME, or this host's name.",
            valueName: "name"))
    var node: String?

    func validate() throws {
        if let node, node.isEmpty { throw ValidationError("--node: expected a name, such as node-7") }
    }

    var name: String {
        let told = ProcessInfo.processInfo.environment["NODE_NAME"] ?? ""
        return node ?? (told.isEmpty ? HostName.current : told)
    }
}
