internal import ArgumentParser

/// `headroom config`: the configuration file and what comes of it.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Check a configuration file; show what is in effect and who set it.",
        discussion: """
            Flags go over the file, the file over the defaults. Every key, with its range and \
            default, is in docs/configuration.md; deploy/headroom.yaml is an example with all of them.

            EXAMPLES
              headroom config check headroom.yaml
              headroom config show
              headroom config show --config headroom.yaml --lead 10m --json
            """,
        subcommands: [ConfigCheck.self, ConfigShow.self]
    )
}
