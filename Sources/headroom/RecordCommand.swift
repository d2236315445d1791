internal import Agent
internal import ArgumentParser
internal import Settings
internal import Glibc

/// `headroom record`: the agent, quietly, into a file.
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Run the agent and record everything it saw, for replay.",
        discussion: """
            The file holds the agent's inputs (samples, names, ticks, the provider's answers), not \
            its results, so a replay shows what another forecaster or plan would have done. About \
            150 bytes a cgroup and window.

            EXAMPLES
              sudo headroom record night.hrr --duration 8h
              headroom replay night.hrr --json
            """
    )

    @Argument(help: ArgumentHelp("File to write; it must not exist.", valueName: "file"))
    var file: String

    @OptionGroup var flags: AgentFlags

    func run() throws {
        let path = FlagValue("record", file, sets: ["recording.path"])
        let settings = try flags.effective(with: [path]).settings
        try settings.runAgent(ProgressOutput(path: file), flags: flags, own: [path])
    }
}
