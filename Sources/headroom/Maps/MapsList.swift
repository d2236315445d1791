internal import Agent
internal import Aggregates
internal import ArgumentParser
internal import Glibc
internal import HeadroomABI
internal import Probes

extension MapsCommand {
    /// `headroom maps list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every map: what it holds, entries, memory, where it is pinned, which programs use it.",
            discussion: """
                USED counts the keys of a hash; an array is always full. MEMORY is what the kernel \
                charges. PINNED is a path in a BPF file system, which would keep the map when the agent \
                ends; the agent pins nothing. USED BY counts the agent's programs that reach the map; \
                --json names them.

                EXAMPLES
                  sudo headroom maps list
                  sudo headroom maps list --json
                """)

        @OptionGroup var location: AgentLocation

        @Flag(help: "One JSON object a line on standard output.")
        var json = false

        private struct Entry {
            let line: MapLine
            let pinned: [String]
            let programs: [String]
        }

        func run() throws {
            try MapsCommand.told {
                var agent = try RunningAgent(location)
                let pins = PinnedMaps()
                var users: [UInt32: [String]] = [:]
                for program in agent.programs {
                    for map in try ProgramInfo.mapIDs(ofProgram: program.id) {
                        users[map, default: []].append(program.name)
                    }
                }
                var entries = try agent.maps.map { object in
                    Entry(
                        line: try MapLine(object), pinned: pins.paths(ofMap: object.id),
                        programs: users[object.id] ?? [])
                }
                entries.append(
                    Entry(line: MapLine(aggregatesOf: &agent), pinned: [agent.directory.tablePath], programs: []))
                if json {
                    try printJSON(entries, agent)
                } else {
                    printText(entries, agent, pins)
                }
            }
        }

        private func printText(
            _ entries: [Entry], _ agent: borrowing RunningAgent, _ pins: PinnedMaps
        ) {
            var table = TextTable([
                ("MAP", .left), ("TYPE", .left), ("ID", .right), ("USED", .right), ("MAX", .right),
                ("MEMORY", .right), ("USED BY", .right), ("PINNED", .left), ("HOLDS", .left),
            ])
            for entry in entries {
                let line = entry.line
                table.add([
                    line.name, line.type, line.id.map(String.init) ?? "-",
                    line.used.map(String.init) ?? "-", String(line.maxEntries), line.memory,
                    line.id == nil ? "-" : String(entry.programs.count),
                    entry.pinned.isEmpty ? "-" : entry.pinned.joined(separator: " "), line.holds,
                ])
            }
            print(table.lines.joined(separator: "\n"))
            print(MapLine.total(entries.map(\.line)))
            print(
                "owner: \(agent.owner), with \(agent.programs.count) programs; what is not pinned goes when it ends;"
                    + " \(pins.mountPoints.isEmpty ? "no BPF file system is mounted" : "pins looked for in \(pins.mountPoints.joined(separator: ", "))")"
            )
        }

        private func printJSON(_ entries: [Entry], _ agent: borrowing RunningAgent) throws {
            var line = JSONLine()
            let owner = agent.owner
            let pid = agent.header.agent_pid
            for entry in entries {
                entry.line.write(to: &line) { line in
                    line.field("holds", entry.line.holds)
                    line.field("owner", owner)
                    line.field("owner_pid", pid)
                    line.field("pinned", entry.pinned)
                    line.field("programs", entry.programs)
                }
            }
            try FileOutput.write(line.bytes, to: STDOUT_FILENO, "standard output")
        }
    }
}
