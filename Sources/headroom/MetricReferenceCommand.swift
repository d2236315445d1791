internal import Agent
internal import ArgumentParser
internal import Glibc
internal import Telemetry

/// `headroom metric-reference`: docs/metrics.md, from what the agent tells.
struct MetricReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metric-reference",
        abstract: "Print the reference of all metrics, docs/metrics.md.",
        shouldDisplay: false
    )

    func run() throws {
        try FileOutput.write(Array(MetricReference.markdown.utf8), to: STDOUT_FILENO, "standard output")
    }
}
