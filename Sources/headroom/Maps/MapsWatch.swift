internal import Agent
internal import ArgumentParser
internal import Glibc
internal import Probes
internal import Settings

extension MapsCommand {
    /// `headroom maps watch NAME`.
    struct Watch: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How fast each counter of a map grows, a second; refreshed.",
            discussion: """
                Of maps with counters: hr_cpu_slots, hr_net_slots, hr_disk_slots, hr_losses. Largest \
                first. On a terminal the table is refreshed in place; elsewhere each report is printed, \
                with --json one object for each entry that grew and one for the sums. Ctrl-C ends it.

                EXAMPLES
                  sudo headroom maps watch hr_net_slots
                  sudo headroom maps watch hr_cpu_slots --per-cpu --interval 5s
                  sudo headroom maps watch hr_disk_slots --json --count 10
                """)

        @Argument(help: "A name that `headroom maps` lists.")
        var name: String

        @Option(
            help: ArgumentHelp("Look this often.", valueName: "duration"),
            transform: { text in
                try Arguments.told { () throws(UnitArgument.Complaint) in
                    try UnitArgument.seconds(text, in: 0.1...3600)
                }
            })
        var interval: Double = 1

        @Option(help: ArgumentHelp("Stop after this many reports.", valueName: "count"))
        var count: Int?

        @Option(help: ArgumentHelp("Entries shown in a report; not of --json.", valueName: "count"))
        var top = 20

        @Flag(help: "Each CPU by itself instead of sums.")
        var perCPU = false

        @OptionGroup var location: AgentLocation

        @Flag(help: "One JSON object a line on standard output.")
        var json = false

        func validate() throws {
            if let count, count < 1 { throw ValidationError("--count: \(count) is not positive") }
            if top < 1 { throw ValidationError("--top: \(top) is not positive") }
        }

        func run() throws {
            try MapsCommand.told {
                var agent = try RunningAgent(location)
                if name == RunningAgent.tableName {
                    throw AgentError(.failed, "aggregates are windows already: `headroom top` shows them live")
                }
                let object = try agent.map(name)
                let map = try MapHandle(id: object.id, name: object.name)
                let reader = try EntryReader(.of(name), map, try CgroupNames(&agent), perCPU: perCPU)
                guard map.isKeyed, let rates = MapRates(reader.guide, reader.layout) else {
                    let known = MapGuide.all.filter { !$0.counters.isEmpty }.map(\.name)
                    throw AgentError(
                        .failed,
                        "\(name) has nothing that only grows: \(reader.guide.holds.isEmpty ? "no counters" : reader.guide.holds);"
                            + " watch one of \(known.joined(separator: ", ")), or `maps dump \(name)`")
                }
                try watch(map, rates, &agent)
            }
        }

        private func watch(
            _ map: borrowing MapHandle, _ first: MapRates, _ agent: inout RunningAgent
        ) throws {
            // They end the wait, and are kept for it when they come at another time.
            var stops = sigset_t()
            unsafe sigemptyset(&stops)
            for number in [SIGINT, SIGTERM] { unsafe sigaddset(&stops, number) }
            unsafe sigprocmask(SIG_BLOCK, &stops, nil)
            var rates = first
            var report = RateReport(map: name, counters: rates.counters, top: top, json: json)
            var reports = 0
            while true {
                guard TableAttachment.agentRuns(in: agent.directory) else {
                    throw AgentError(.failed, "the agent has ended")
                }
                // Cgroups come and go.
                let reader = try EntryReader(.of(name), map, try CgroupNames(&agent), perCPU: perCPU)
                if let (found, seconds) = try rates.look(at: map, reader, time: MonotonicSeconds.now()) {
                    try report.show(found, seconds: seconds)
                    reports += 1
                    if reports == count { return }
                }
                var pause = timespec(
                    tv_sec: Int(interval), tv_nsec: Int((interval - interval.rounded(.down)) * 1e9))
                if unsafe sigtimedwait(&stops, nil, &pause) >= 0 { return }
            }
        }
    }
}

/// Arguments with units.
enum Arguments {
    /// What `read` gives; its complaint as wrong usage.
    static func told<Value>(_ read: () throws(UnitArgument.Complaint) -> Value) throws -> Value {
        do throws(UnitArgument.Complaint) {
            return try read()
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
