internal import Agent
internal import ArgumentParser
internal import Glibc
internal import Probes

/// `headroom maps`: what the running agent holds in the kernel and in shared memory.
struct MapsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maps",
        abstract: "Inspect the running agent's BPF maps, programs, losses and aggregates.",
        discussion: """
            Without a subcommand: maps, programs and losses in short. Reads and changes nothing. Maps \
            and programs live as long as the agent does. docs/maps.md says what each map holds.

            EXAMPLES
              sudo headroom maps                        maps, memory, programs, losses
              sudo headroom maps list                   what each holds, who uses it
              sudo headroom maps dump hr_cgroups        entries of one map, decoded
              sudo headroom maps get hr_net_slots /system.slice/web.service
              sudo headroom maps watch hr_net_slots     rates, refreshed
              sudo headroom maps progs                  programs and what a run costs
              sudo headroom maps losses                 what was lost and what to do
            """,
        subcommands: [
            Overview.self, List.self, Dump.self, Get.self, Watch.self, Programs.self, Losses.self,
        ],
        defaultSubcommand: Overview.self
    )

    /// Runs `body`; what the kernel refuses ends the command with code 4, what it has not with 1.
    static func told(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as BPFError {
            throw AgentError(
                error.isPermission ? .permission : .failed,
                error.isPermission
                    ? "\(error)\n  looking into maps and programs takes CAP_SYS_ADMIN, which root has outside of containers"
                    : "\(error)")
        }
    }

    /// Wrong usage that only the running agent shows: exit code 2.
    static func refuse(_ message: String) -> ExitCode {
        StandardError.complain(message)
        return ExitCode(2)
    }
}
