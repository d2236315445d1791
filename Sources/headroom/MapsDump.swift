internal import Agent
internal import Aggregates
internal import ArgumentParser
internal import Glibc
internal import HeadroomABI
internal import NodeView
internal import Probes

extension MapsCommand {
    /// `headroom maps dump NAME`: every entry, decoded by the types the map was loaded with.
    struct Dump: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every entry of one map, decoded; \"aggregates\" is the shared table.",
            discussion: """
                Cgroup ids and slots are followed by the cgroup's path. Entries of an array that \
                are all zero are left out; of a per-CPU map each CPU that counted anything is shown.

                EXAMPLES
                  sudo headroom maps dump hr_net_slots
                  sudo headroom maps dump hr_cgroups --json
                  sudo headroom maps dump aggregates
                """)

        @Argument(help: "A name that `headroom maps` lists, or aggregates.")
        var name: String

        @Option(help: ArgumentHelp("Stop after this many entries.", valueName: "count"))
        var limit = 10_000

        @OptionGroup var location: AgentLocation

        @Flag(help: "One JSON object a line on standard output.")
        var json = false

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit: \(limit) is not positive") }
        }

        func run() throws {
            guard geteuid() == 0 else { throw AgentError.needsRoot }
            var attachment = try TableAttachment(directory: location.directory())
            let snapshot = try NodeSnapshot.take(&attachment)
            if name == "aggregates" { return try dumpAggregates(snapshot) }
            guard let object = snapshot.maps.first(where: { $0.name == name }) else {
                let known = (snapshot.maps.map(\.name) + ["aggregates"]).joined(separator: ", ")
                throw AgentError(.failed, "no map \"\(name)\"; there are \(known)")
            }
            let names = try SlotNames(snapshot)
            let map = try MapHandle(id: object.id, name: object.name)
            guard map.isKeyed else {
                throw AgentError(
                    .failed, "\(name) is a \(map.info.type): its entries have no keys to list")
            }
            var shown = 0
            var line = JSONLine()
            try map.forEachEntry { key, values in
                for (cpu, value) in values.enumerated() where values.count == 1 || !value.isZero {
                    let entry = DumpedEntry(
                        map: name, key: key, cpu: values.count > 1 ? cpu : nil, value: value,
                        cgroup: names.cgroup(of: key, in: name))
                    if json { entry.write(to: &line) } else { print(entry.text) }
                }
                shown += 1
                return shown < limit
            }
            try FileOutput.write(line.bytes, to: STDOUT_FILENO, "standard output")
            if shown >= limit {
                StandardError.complain("stopped after \(limit) entries; --limit shows more")
            }
        }

        private func dumpAggregates(_ snapshot: NodeSnapshot) throws {
            var sink = JSONSink(descriptor: STDOUT_FILENO)
            for row in snapshot.rows.prefix(limit) {
                if json {
                    sink.window(row.subject, row.window, row.slot.detail)
                } else {
                    let window = row.window
                    print(
                        "[\(row.index)] cgroup \(row.slot.cgroup_id) \(row.path) generation \(row.slot.generation)"
                            + " parent \(row.slot.parent) sequence \(row.slot.sequence)\n"
                            + "    cpu_ns \(window.cpu_ns) delay_ns \(window.delay_ns)"
                            + " memory_bytes \(window.memory_bytes) net_rx_bytes \(window.net_rx_bytes)"
                            + " net_tx_bytes \(window.net_tx_bytes) disk_read_bytes \(window.disk_read_bytes)"
                            + " disk_write_bytes \(window.disk_write_bytes) coverage \(Compact.fixed(window.coverage, 3))"
                    )
                }
            }
            _ = sink.flush()
        }
    }
}
