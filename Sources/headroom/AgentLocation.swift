internal import Agent
internal import ArgumentParser
internal import History
internal import Settings

/// Where the running agent is, for commands that look at it.
struct AgentLocation: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The agent's configuration file, for its runtime.directory. (default: /etc/headroom/headroom.yaml, when it exists)",
            valueName: "file"
        )
    )
    var config: String?

    /// A file that is being edited must not hide an agent that runs: what is wrong with one that
    /// was not asked for is told, and the usual place is looked at.
    func directory() throws -> RuntimeDirectory {
        if let path = RuntimeDirectory.inEnvironment { return RuntimeDirectory(path: path) }
        if let config {
            return try ConfigurationComplaint.told { () throws(ConfigurationError) in
                try EffectiveConfiguration(file: config).settings.agent.runtimeDirectory
            }
        }
        do throws(ConfigurationError) {
            return try EffectiveConfiguration().settings.agent.runtimeDirectory
        } catch {
            // Who may not read it is told what this command needs when it needs it.
            if !error.isPermission { error.problems.forEach(StandardError.complain) }
            return .standard
        }
    }

    /// The same, and what a live view takes of the configuration beside it.
    func view() throws -> TopView {
        var view = TopView(directory: try directory())
        // A configuration that cannot be read has been complained of; the view does without.
        if let settings = try? EffectiveConfiguration(file: config).settings {
            view.pools = settings.options.engine.pools
            view.podFile = settings.options.podFile
            view.history = settings.history?.directory
        }
        return view
    }

    /// How that agent keeps its history; nil when it keeps none.
    func history() throws -> HistoryOptions? {
        let effective = try ConfigurationComplaint.told { () throws(ConfigurationError) in
            try EffectiveConfiguration(file: config)
        }
        return effective.settings.history
    }

    /// Where that agent keeps what it learned; nil when it keeps nothing.
    func stateDirectory() throws -> StateDirectory? {
        let effective = try ConfigurationComplaint.told { () throws(ConfigurationError) in
            try EffectiveConfiguration(file: config)
        }
        return effective.settings.options.stateDirectory
    }
}
