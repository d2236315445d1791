internal import Agent
internal import Aggregates
internal import ArgumentParser
internal import Glibc
internal import NodeView
internal import Probes

/// `headroom maps`: what the running agent holds in the kernel and in shared memory.
struct MapsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maps",
        abstract: "Inspect the running agent's BPF maps, programs, losses and aggregates.",
        discussion: """
            EXAMPLES
              sudo headroom maps                        maps, memory, programs, losses
              sudo headroom maps dump hr_cgroups        entries of one map, decoded
              sudo headroom maps dump aggregates --json the shared table
              sudo headroom maps losses
            """,
        subcommands: [List.self, Dump.self, Losses.self],
        defaultSubcommand: List.self
    )

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every map and program: entries, capacity, memory, cost; losses by cause.",
            discussion: """
                USED counts the keys of a hash; an array is always full. MEMORY is what the kernel \
                charges. Programs are timed by the agent one window in fifteen, so RUNS and NS/RUN \
                cover those windows only.
                """)

        @OptionGroup var location: AgentLocation

        @Flag(help: "One JSON object a line on standard output.")
        var json = false

        func run() throws {
            guard geteuid() == 0 else { throw AgentError.needsRoot }
            var attachment = try TableAttachment(directory: location.directory())
            let snapshot = try NodeSnapshot.take(&attachment)
            let maps = try snapshot.maps.map { try MapLine(id: $0.id, name: $0.name) }
            let programs = try snapshot.programs.map {
                (name: $0.name, info: try ProgramInfo(id: $0.id))
            }
            let table = MapLine(
                aggregatesOf: snapshot, slots: attachment.reader.slotCount)
            if json {
                try printJSON(maps + [table], programs, snapshot)
            } else {
                printText(maps + [table], programs, snapshot)
            }
        }

        private func printText(
            _ maps: [MapLine], _ programs: [(name: String, info: ProgramInfo)],
            _ snapshot: NodeSnapshot
        ) {
            var table = TextTable([
                ("MAP", .left), ("TYPE", .left), ("ID", .right), ("USED", .right), ("MAX", .right),
                ("KEY", .right), ("VALUE", .right), ("MEMORY", .right),
            ])
            for map in maps { table.add(map.cells) }
            print(table.lines.joined(separator: "\n"))
            let total = maps.reduce(0) { $0 + ($1.memoryBytes ?? 0) }
            let large = maps.reduce(0) { $0 + ($1.memoryBytesLarge ?? 0) }
            print(
                "total memory \(Compact.bytes(Double(total)))B on \(MapInfo.possibleCPUs) CPUs;"
                    + " \(Compact.bytes(Double(large)))B on \(MapLine.largeCPUs) (computed)\n")
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
            print(Losses.text(snapshot))
        }

        private func printJSON(
            _ maps: [MapLine], _ programs: [(name: String, info: ProgramInfo)],
            _ snapshot: NodeSnapshot
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
            Losses.write(snapshot, to: &line)
            try FileOutput.write(line.bytes, to: STDOUT_FILENO, "standard output")
        }
    }

    struct Losses: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What was lost since the agent started, by cause, and what it means.")

        @OptionGroup var location: AgentLocation

        @Flag(help: "One JSON object a line on standard output.")
        var json = false

        func run() throws {
            var attachment = try TableAttachment(directory: location.directory())
            let snapshot = try NodeSnapshot.take(&attachment)
            guard json else { return print(Self.text(snapshot)) }
            var line = JSONLine()
            Self.write(snapshot, to: &line)
            try FileOutput.write(line.bytes, to: STDOUT_FILENO, "standard output")
        }

        static func text(_ snapshot: NodeSnapshot) -> String {
            var table = TextTable([("LOSS", .left), ("COUNT", .right), ("MEANING", .left)])
            for (cause, total) in snapshot.losses {
                table.add([cause.name, String(total), cause.meaning])
            }
            return table.lines.joined(separator: "\n")
        }

        static func write(_ snapshot: NodeSnapshot, to line: inout JSONLine) {
            for (cause, total) in snapshot.losses {
                line.line("loss") { line in
                    line.field("cause", cause.name)
                    line.field("total", total)
                    line.field("meaning", cause.meaning)
                }
            }
        }
    }
}
