internal import Agent
internal import ArgumentParser
internal import History
internal import Settings

/// `headroom record`: the agent, quietly, onto disk.
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Run the agent quietly and keep what it saw: the history, and for replay its inputs.",
        discussion: """
            Windows, minutes and decisions go to history/ of state.directory, as they do with run: at \
            most history.size, for history.keep (docs/history.md). With FILE the agent's inputs \
            (samples, names, ticks, the provider's answers) go there too, so that a replay shows what \
            another forecaster or plan would have done: about 150 bytes a cgroup and window, without \
            a limit.

            EXAMPLES
              sudo headroom record
              sudo headroom record night.hrr --duration 8h
              headroom replay night.hrr --json
              sudo headroom replay --since 1h --json
            """
    )

    @Argument(help: ArgumentHelp("File for the inputs; it must not exist.", valueName: "file"))
    var file: String?

    @OptionGroup var flags: AgentFlags

    /// As the configuration says now.
    func settings() throws -> AgentSettings { try flags.quiet(with: own).settings }

    private var own: [FlagValue] { file.map { [FlagValue("record", $0, sets: ["recording.path"])] } ?? [] }

    func run() throws {
        let settings = try flags.effective(with: own).settings
        guard let place = file ?? settings.history?.directory else {
            throw ValidationError(
                "nothing would be kept: name a file, or let history.keep and state.directory be other than none")
        }
        try settings.runAgent(ProgressOutput(path: place), flags: flags, own: own)
    }
}
