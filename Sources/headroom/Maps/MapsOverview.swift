internal import Agent
internal import ArgumentParser
internal import Glibc
internal import NodeView
internal import Probes

extension MapsCommand {
    /// What `headroom maps` itself prints.
    struct Overview: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "overview",
            abstract: "Maps, programs and losses in short; what `maps` prints by itself.",
            discussion: """
                USED counts the keys of a hash; an array is always full. MEMORY is what the kernel \
                charges. Programs are timed by the agent one window in fifteen, so RUNS and NS/RUN \
                cover those windows only.

                EXAMPLES
                  sudo headroom maps
                  sudo headroom maps --json
                """)

        @OptionGroup var location: AgentLocation

        @Flag(help: "One JSON object a line on standard output.")
        var json = false

        func run() throws {
            try MapsCommand.told {
                var agent = try RunningAgent(location)
                let maps = try agent.maps.map { try MapLine($0) } + [MapLine(aggregatesOf: &agent)]
                let programs = try agent.programs.map {
                    (name: $0.name, info: try ProgramInfo(id: $0.id))
                }
                let losses = LossReport(agent)
                if json {
                    try printJSON(maps, programs, losses)
                } else {
                    printText(maps, programs, losses)
                }
            }
        }

        private func printText(
            _ maps: [MapLine], _ programs: [(name: String, info: ProgramInfo)], _ losses: LossReport
        ) {
            var table = TextTable([
                ("MAP", .left), ("TYPE", .left), ("ID", .right), ("USED", .right), ("MAX", .right),
                ("KEY", .right), ("VALUE", .right), ("MEMORY", .right),
            ])
            for map in maps { table.add(map.cells) }
            print(table.lines.joined(separator: "\n"))
            print(MapLine.total(maps) + "\n")
            var code = TextTable([
                ("PROGRAM", .left), ("TYPE", .left), ("ID", .right), ("RUNS", .right),
                ("NS/RUN", .right), ("MISSED", .right),
            ])
            for (name, info) in programs {
                let mean =
                    info.runCount == 0
                    ? "-" : Compact.fixed(Double(info.runNanoseconds) / Double(info.runCount), 0)
                code.add([
                    name, info.type, String(info.id), String(info.runCount), mean,
                    String(info.recursionMisses),
                ])
            }
            print(code.lines.joined(separator: "\n") + "\n")
            print(losses.short)
        }

        private func printJSON(
            _ maps: [MapLine], _ programs: [(name: String, info: ProgramInfo)], _ losses: LossReport
        ) throws {
            var line = JSONLine()
            for map in maps { map.write(to: &line) }
            for (name, info) in programs {
                line.line("program") { line in
                    line.field("name", name)
                    line.field("id", info.id)
                    line.field("program_type", info.type)
                    line.field("runs", info.runCount)
                    line.field("run_ns", info.runNanoseconds)
                    line.field("recursion_misses", info.recursionMisses)
                }
            }
            losses.write(to: &line)
            try FileOutput.write(line.bytes, to: STDOUT_FILENO, "standard output")
        }
    }
}
