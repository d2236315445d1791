internal import Agent
internal import ArgumentParser
internal import Glibc
internal import Probes

/// `headroom doctor`: what this host offers, what the agent uses, and what to do about the rest.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check what this host offers, which sources are used, and why not others.",
        discussion: """
            Loads and attaches the probes for a moment, as the agent does, so that it says what \
            works rather than what should. Exit code 0: the agent can run; 3: it cannot.

            EXAMPLES
              sudo headroom doctor
              sudo headroom doctor --json
              headroom doctor --kubernetes    what a cluster offers, and missing rights
            """
    )

    @OptionGroup var location: AgentLocation

    @Flag(help: "One JSON object a line on standard output.")
    var json = false

    @Flag(help: "Look at a Kubernetes cluster instead: the options are those of `headroom-connect doctor`.")
    var kubernetes = false

    func run() throws {
        guard geteuid() == 0 else { throw AgentError.needsRoot }
        let examination = Examination.perform(agentIn: try location.directory())
        if json {
            try FileOutput.write(
                examination.json.bytes, to: STDOUT_FILENO, "standard output")
        } else {
            print(examination.text(.of(STDOUT_FILENO)))
        }
        if !examination.canRun { throw ExitCode(AgentError.Kind.hostLacks.rawValue) }
    }
}
