internal import ArgumentParser

/// `headroom config`: the configuration file and what comes of it.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Make and check a configuration file; show what is in effect and who set it.",
        discussion: """
            Flags go over the file, the file over the defaults. Every key, with its range and \
            default, is in docs/configuration.md; `headroom config init` writes an example with all of them.

            EXAMPLES
              headroom config init headroom.yaml
              headroom config check headroom.yaml
              headroom config show
              headroom config show --config headroom.yaml --lead 10m --json
            """,
        subcommands: [ConfigInit.self, ConfigCheck.self, ConfigShow.self]
    )
}
