internal import Agent
internal import Aggregates
internal import ArgumentParser
internal import Glibc
internal import HeadroomABI
internal import Probes

extension MapsCommand {
    /// `headroom maps get NAME KEY`.
    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One entry of a map, by its key.",
            discussion: """
                A key is a number (12, 0x0c) or, where the map is about cgroups, a path, the end of a \
                path that no other has, or cgroup=ID; of hr_losses the name of a cause. Any key can be \
                given as its bytes in memory (hex:0c000000), and one with fields as field=value,field=value.

                Exit code 1 when there is no such entry, 2 when it is not what a key looks like.

                EXAMPLES
                  sudo headroom maps get hr_cgroups /system.slice/web.service
                  sudo headroom maps get hr_net_slots web.service --per-cpu
                  sudo headroom maps get hr_disk_slots cgroup=4711
                  sudo headroom maps get hr_losses disk_late
                  sudo headroom maps get hr_slots 12 --json
                  sudo headroom maps get aggregates /system.slice
                """)

        @Argument(help: "A name that `headroom maps` lists, or aggregates.")
        var name: String

        @Argument(help: "The key.")
        var key: [String]

        @Flag(help: "Each CPU by itself instead of sums.")
        var perCPU = false

        @OptionGroup var location: AgentLocation

        @Flag(help: "One JSON object a line on standard output.")
        var json = false

        func run() throws {
            let word = key.joined(separator: " ")
            try MapsCommand.told {
                var agent = try RunningAgent(location)
                if name == RunningAgent.tableName { return try getRow(word, &agent) }
                let object = try agent.map(name)
                let map = try MapHandle(id: object.id, name: object.name)
                guard map.isKeyed else {
                    throw AgentError(.failed, "\(name) is a \(map.info.type): its entries have no keys")
                }
                let reader = try EntryReader(
                    .of(name), map, try CgroupNames(&agent), perCPU: perCPU)
                let keys: [[UInt8]]
                do throws(KeyProblem) {
                    keys = try KeyReading(
                        guide: reader.guide, layout: reader.layout, names: reader.names,
                        arrayCount: map.info.isArray ? map.info.maxEntries : nil
                    ).keys(word)
                } catch {
                    throw Self.told(error)
                }
                try show(keys, word, map, reader)
            }
        }

        private static func told(_ problem: KeyProblem) -> any Error {
            switch problem {
            case .malformed(let message): MapsCommand.refuse(message)
            case .absent(let message): AgentError(.failed, message)
            }
        }

        private func show(
            _ keys: [[UInt8]], _ word: String, _ map: borrowing MapHandle, _ reader: EntryReader
        ) throws {
            var writer = LineWriter()
            var line = JSONLine()
            var found = false
            for key in keys {
                guard let value = try map.value(ofKey: key) else { continue }
                for entry in reader.entries(key[...], value[...], keepsZero: true) {
                    found = true
                    if json {
                        entry.write(to: &line)
                        try writer.write(&line)
                    } else {
                        try writer.write(entry.text)
                    }
                }
                // A map that holds it, of which no CPU has counted anything.
                if !found, reader.isPerCPU {
                    found = true
                    if !json { try writer.write("[\(word)]: nothing on any CPU") }
                }
            }
            guard found else { throw AgentError(.failed, try missing(word, map, reader)) }
            try writer.flush()
        }

        /// Names some of the keys that there are.
        private func missing(
            _ word: String, _ map: borrowing MapHandle, _ reader: EntryReader
        ) throws -> String {
            var examples: [String] = []
            try map.forEachRaw { key, _ in
                let decoded = reader.layout.key.decode(key)
                let cgroup = reader.names.cgroup(of: decoded, reader.guide).map { " (\($0))" } ?? ""
                examples.append(decoded.text + cgroup)
                return examples.count < 3
            }
            let keys = "a key is \(reader.guide.keyText)"
            return "no entry \(word) in \(name); \(keys)"
                + (examples.isEmpty ? "; the map is empty now" : ", such as \(examples.joined(separator: ", "))")
        }

        private func getRow(_ word: String, _ agent: inout RunningAgent) throws {
            let names = try CgroupNames(&agent)
            let ids: [UInt64]
            do throws(KeyProblem) {
                let layout = MapLayout(key: .integer(bytes: 8, isSigned: false), value: .opaque(bytes: 0))
                let guide = MapGuide(name: name, holds: "", key: .cgroup)
                ids = try KeyReading(guide: guide, layout: layout, names: names, arrayCount: nil)
                    .keys(word).compactMap { layout.key.decode($0[...]).unsigned }
            } catch {
                throw Self.told(error)
            }
            guard ids.allSatisfy({ names.pathByID[$0] != nil }) else {
                throw AgentError(.failed, "no entry \(word) in \(name); a key is a cgroup's id, or its path")
            }
            try AggregatesText.print(&agent, limit: .max, json: json) { ids.contains($0.slot.cgroup_id) }
        }
    }
}
