internal import Agent
internal import Aggregates
internal import History
internal import Logging
internal import NodeView
internal import Settings

/// What a live view takes of the configuration.
struct TopView {
    var directory: RuntimeDirectory
    var pools: [PoolDefinition] = []
    /// Where names of pods are told; nil for nowhere.
    var podFile: String?
    /// Where windows are kept for longer; nil for nowhere.
    var history: String?

    /// The table, and behind it the history on disk.
    func layered(_ table: TableSource) -> any SnapshotSource {
        guard let history else { return table }
        return LayeredSource(table, over: DiskSource(directory: history) { table.identities })
    }

    /// The table of the agent that runs now.
    func source() throws(AgentError) -> TableSource {
        guard let podFile else { return try TableSource(directory: directory) }
        // What is wrong with the file is for the agent's log.
        var reader = PodReader(path: podFile, logger: Logger(label: "headroom") { _ in SwiftLogNoOpLogHandler() })
        return try TableSource(directory: directory) { reader.read() }
    }
}

extension TopView {
    init(_ options: AgentOptions) {
        self.init(
            directory: options.runtimeDirectory, pools: options.engine.pools, podFile: options.podFile,
            history: options.stateDirectory.map { HistoryOptions.directory(in: $0.path) })
    }
}
