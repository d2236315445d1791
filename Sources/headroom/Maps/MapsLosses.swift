internal import Agent
internal import ArgumentParser
internal import Glibc

extension MapsCommand {
    /// `headroom maps losses`.
    struct Losses: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What was lost since the agent started, by cause: what it means and what to do.",
            discussion: """
                Nothing is lost silently: each cause is counted where it happens. Losses cost \
                resolution or a name more often than data; MEANING says which.

                EXAMPLES
                  sudo headroom maps losses
                  sudo headroom maps losses --json
                """)

        @OptionGroup var location: AgentLocation

        @Flag(help: "One JSON object a line on standard output.")
        var json = false

        func run() throws {
            let report = LossReport(try RunningAgent(location, inKernel: false))
            guard json else { return print(report.text) }
            var line = JSONLine()
            report.write(to: &line)
            try FileOutput.write(line.bytes, to: STDOUT_FILENO, "standard output")
        }
    }
}
