internal import ArgumentParser
internal import Glibc

/// Measures what Headroom costs, as ratios to a floor or a peer in the same run.
@main
struct HeadroomBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "headroom-bench",
        abstract: "Measure what Headroom costs on this machine, against floors and peers.",
        discussion: """
            Needs root. Rounds of what is compared alternate; the table shows medians and quartiles. \
            Other load on the machine widens the quartiles. Makes cgroups under headroom-bench and \
            removes them, also on Ctrl-C.

            EXAMPLES
              sudo scripts/bench
              sudo scripts/bench --quick --json /tmp/bench.json
              sudo scripts/bench --only peers
            """
    )

    @Flag(help: "Fewer and shorter rounds: about 90 s.")
    var quick = false

    @Option(
        help: ArgumentHelp(
            "Only these: \(HeadroomBench.names.joined(separator: ", ")).",
            valueName: "name,..."
        )
    )
    var only: String?

    @Option(help: ArgumentHelp("Also write the figures as JSON.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("The headroom command to measure.", valueName: "path"))
    var command: String?

    private static let names = [
        SwitchBench.name, HookBench.network, HookBench.disk, SlowdownBench.name, PeerBench.name,
        WalkBench.name, DrainBench.name, ForecastBench.name, PlannerBench.name, MapMemoryBench.name,
        AgentBench.name, TopBench.name, FleetBench.name,
    ]

    private var chosen: [String] {
        only.map { $0.split(separator: ",").map(String.init) } ?? Self.names
    }

    func validate() throws {
        for name in chosen where !Self.names.contains(name) {
            throw ValidationError(
                "--only: \"\(name)\" is none of \(Self.names.joined(separator: ", "))"
            )
        }
    }

    func run() throws {
        guard geteuid() == 0 else {
            print("headroom-bench needs root: sudo scripts/bench")
            throw ExitCode(4)
        }
        try Interrupt.install()
        let report = Report()
        report.begin()
        for name in Self.names where chosen.contains(name) {
            // A forest of its own for each: what one leaves would disturb the next.
            let context = BenchContext(
                quick: quick,
                report: report,
                forest: try CgroupForest(),
                command: command ?? Self.besideThis
            )
            do {
                try Self.run(name, context)
            } catch {
                Interrupt.waitIfUnderWay()
                throw error
            }
        }
        if let json { try report.write(to: json) }
    }

    private static func run(_ name: String, _ context: BenchContext) throws {
        switch name {
        case SwitchBench.name: try SwitchBench.run(context)
        case HookBench.network: try HookBench.runNetwork(context)
        case HookBench.disk: try HookBench.runDisk(context)
        case SlowdownBench.name: try SlowdownBench.run(context)
        case PeerBench.name: try PeerBench.run(context)
        case WalkBench.name: try WalkBench.run(context)
        case DrainBench.name: try DrainBench.run(context)
        case ForecastBench.name: ForecastBench.run(context)
        case PlannerBench.name: PlannerBench.run(context)
        case MapMemoryBench.name: try MapMemoryBench.run(context)
        case TopBench.name: try TopBench.run(context)
        case FleetBench.name: try FleetBench.run(context)
        default: try AgentBench.run(context)
        }
    }

    /// The headroom command built together with this one.
    private static var besideThis: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(
            decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        return path[..<(path.lastIndex(of: "/") ?? path.startIndex)] + "/headroom"
    }
}
