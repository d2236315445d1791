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
                are all zero are left out. Counts that are kept per CPU are added up by owner; \
                --per-cpu shows each CPU that counted anything. \
                "(gone)" are counts of a cgroup that had the slot before and is no more: the next \
                tenant's first event wipes them.

                EXAMPLES
                  sudo headroom maps dump hr_net_slots
                  sudo headroom maps dump hr_cpu_slots --per-cpu
                  sudo headroom maps dump hr_cgroups --json
                  sudo headroom maps dump aggregates
                """)

        @Argument(help: "A name that `headroom maps` lists, or aggregates.")
        var name: String

        @Option(help: ArgumentHelp("Stop after this many entries.", valueName: "count"))
        var limit = 10_000

        @Flag(help: "Each CPU by itself instead of sums.")
        var perCPU = false

        @OptionGroup var location: AgentLocation

        @Flag(help: "One JSON object a line on standard output.")
        var json = false

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit: \(limit) is not positive") }
        }

        func run() throws {
            try MapsCommand.told {
                var agent = try RunningAgent(location)
                if name == RunningAgent.tableName {
                    return try AggregatesText.print(&agent, limit: limit, json: json) { _ in true }
                }
                let object = try agent.map(name)
                let map = try MapHandle(id: object.id, name: object.name)
                guard map.isKeyed else {
                    throw AgentError(
                        .failed, "\(name) is a \(map.info.type): its entries have no keys to list")
                }
                let reader = try EntryReader(
                    .of(name), map, try CgroupNames(&agent), perCPU: perCPU)
                try dump(map, reader)
            }
        }

        private func dump(_ map: borrowing MapHandle, _ reader: EntryReader) throws {
            var shown = 0
            var isCut = false
            var writer = LineWriter()
            var line = JSONLine()
            var failure: AgentError?
            var progress = WalkProgress(name, of: map.info.maxEntries)
            try map.forEachRaw { key, value in
                progress.step()
                let entries = reader.entries(key, value)
                if entries.isEmpty { return true }
                if shown == limit {
                    isCut = true
                    return false
                }
                shown += 1
                do throws(AgentError) {
                    for entry in entries {
                        if json {
                            entry.write(to: &line)
                            try writer.write(&line)
                        } else {
                            try writer.write(entry.text)
                        }
                    }
                } catch {
                    failure = error
                }
                return failure == nil
            }
            progress.end()
            if let failure { throw failure }
            try writer.flush()
            if isCut { StandardError.complain("stopped after \(limit) entries; --limit shows more") }
        }
    }
}

/// The shared table's rows, as `dump` and `get` show them.
enum AggregatesText {
    static func print(
        _ agent: inout RunningAgent, limit: Int, json: Bool,
        where isWanted: (NodeSnapshot.Row) -> Bool
    ) throws {
        let snapshot = try NodeSnapshot.take(&agent.attachment)
        var sink = JSONSink(descriptor: STDOUT_FILENO)
        for row in snapshot.rows.filter(isWanted).prefix(limit) {
            if json {
                sink.window(row.subject, row.window, row.slot.detail)
            } else {
                Swift.print(text(row))
            }
        }
        _ = sink.flush()
    }

    private static func text(_ row: NodeSnapshot.Row) -> String {
        let window = row.window
        return "[\(row.index)] cgroup \(row.slot.cgroup_id) \(row.path) generation \(row.slot.generation)"
            + " parent \(row.slot.parent) sequence \(row.slot.sequence)\n"
            + "    cpu_ns \(window.cpu_ns) delay_ns \(window.delay_ns)"
            + " memory_bytes \(window.memory_bytes) net_rx_bytes \(window.net_rx_bytes)"
            + " net_tx_bytes \(window.net_tx_bytes) disk_read_bytes \(window.disk_read_bytes)"
            + " disk_write_bytes \(window.disk_write_bytes) coverage \(Compact.fixed(window.coverage, 3))"
    }
}
