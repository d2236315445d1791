internal import Agent
internal import ArgumentParser
internal import Glibc

/// The command. Exit codes: 0 good, 1 the work failed, 2 wrong usage, 3 the host lacks
/// something, 4 no permission.
@main
struct Headroom: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "headroom",
        abstract: "Gives containers capacity before they need it.",
        discussion: """
            Samples every cgroup's CPU, memory, network and disk from inside the kernel, forecasts \
            the peak of each over the lead time, and reserves capacity ahead of the demand. By \
            default it observes and recommends; it changes nothing on the host.

            EXAMPLES
              sudo headroom run                   watch this node
              sudo headroom run --json            one JSON object a line, for scripts
              sudo headroom top                   look at the running agent
              sudo headroom doctor                what this host offers and what is used
              sudo headroom demo                  a busy host to look at, on an idle one
              headroom config check               is the configuration file good
              headroom backtest web.csv           score the forecaster on a recorded trace

            EXIT CODES
              0 good, 1 the work failed, 2 wrong usage, 3 the host lacks something
              (doctor says what), 4 no permission
            """,
        version: "headroom \(version)",
        subcommands: [
            RunCommand.self, TopCommand.self, MapsCommand.self, ForecastCommand.self,
            PlanCommand.self, RecordCommand.self, ReplayCommand.self, BacktestCommand.self,
            RunProgramCommand.self, HoldRightsCommand.self,
            SimulateCommand.self, HistoryCommand.self, ReportCommand.self, ExportCommand.self, ImportCommand.self,
            DoctorCommand.self, ConfigCommand.self, DemoCommand.self, DemoLoadCommand.self, MetricReferenceCommand.self,
        ]
    )

    static let version = "0.1.0"

    static func main() {
        StandardOutput.claimDescriptors()
        ConnectHandover.becomeIfAsked(Array(CommandLine.arguments.dropFirst()))
        do {
            var command = try parseAsRoot()
            try command.run()
            try StandardOutput.finish()
        } catch let error as AgentError {
            end(with: error)
        } catch {
            end(with: error)
        }
    }

    private static func end(with error: AgentError) -> Never {
        StandardError.complain("\(error)")
        Glibc.exit(error.kind.rawValue)
    }

    /// ArgumentParser's own errors, with usage errors as exit code 2.
    private static func end(with error: any Error) -> Never {
        let code = exitCode(for: error)
        let message = fullMessage(for: error)
        if code.isSuccess {
            print(message)
            do throws(AgentError) { try StandardOutput.finish() } catch { end(with: error) }
        } else if !message.isEmpty {
            StandardError.write(message)
        }
        Glibc.exit(code == .validationFailure ? 2 : code.rawValue)
    }
}
