internal import ArgumentParser
internal import Settings

/// `headroom config check`: whether the agent would start with a file, and with what.
struct ConfigCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a configuration file and print what would be in effect.",
        discussion: """
            Prints every key with its value and where that comes from, as a configuration file. \
            Exit code 0: the file is good; 2: it is not, and each line on standard error says \
            where, what and what was expected.

            EXAMPLES
              headroom config check
              headroom config check headroom.yaml > /dev/null && systemctl restart headroom
            """
    )

    @Argument(
        help: ArgumentHelp(
            "File to check. (default: /etc/headroom/headroom.yaml, when it exists)",
            valueName: "file"
        )
    )
    var file: String?

    func run() throws {
        let effective = try ConfigurationComplaint.told { () throws(ConfigurationError) in
            try EffectiveConfiguration(file: file)
        }
        effective.warnings.forEach(StandardError.complain)
        if effective.file == nil {
            StandardError.complain(
                "there is no \(EffectiveConfiguration.standardPath): the defaults are in effect"
            )
        }
        print(effective.listing)
    }
}
