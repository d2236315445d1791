internal import Agent
internal import ArgumentParser
internal import Glibc
internal import Settings

/// `headroom config show`: the configuration that `run` would have with the same flags.
struct ConfigShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the configuration in effect and where each value comes from.",
        discussion: """
            Takes the flags of `headroom run`, and prints what it would run with: as a \
            configuration file, each value with \"default\", the file's line, the flag or the \
            variable that set it; with --json one object a key: key, value, from, and file and \
            line, flag or variable.

            EXAMPLES
              headroom config show
              headroom config show --lead 10m
              headroom config show --json | grep -v '"from":"default"'
            """
    )

    @OptionGroup var flags: AgentFlags

    @Flag(help: "One JSON object a line on standard output.")
    var json = false

    func run() throws {
        let effective = try flags.effective()
        if json {
            try FileOutput.write(effective.json, to: STDOUT_FILENO, "standard output")
        } else {
            print(effective.listing)
        }
    }
}
