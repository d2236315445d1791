internal import Glibc

/// The whole agent at one-second ticks with a thousand cgroups: its CPU time and memory, as it
/// runs as a service and with every window and forecast printed as JSON.
enum AgentBench {
    static let name = "agent"

    static func run(_ context: BenchContext) throws {
        guard unsafe access(context.command, X_OK) == 0 else {
            return context.report.skip(
                name,
                "CPU and RSS",
                "\(context.command) is not there: build it with scripts/bench"
            )
        }
        try context.forest.grow(to: 1000)
        for (how, arguments) in [("", ["run"]), (", --json", ["run", "--json"])] {
            try measure("1000 idle cgroups\(how)", arguments, context) {}
            try measure("1000 cgroups active every second\(how)", arguments, context) {
                try context.forest.touchAll()
            }
        }
    }

    private static func measure(
        _ title: String,
        _ arguments: [String],
        _ context: BenchContext,
        _ eachSecond: () throws -> Void
    ) throws {
        let agent = try AgentProcess(command: context.command, arguments: arguments)
        for _ in 0..<(context.quick ? 2 : 5) {
            Clock.sleep(seconds: 1)
            try eachSecond()
        }
        var shares: [Double] = []
        for _ in 0..<context.rounds(15, quick: 3) {
            let start = Clock.monotonic()
            let before = try agent.cpuNanoseconds()
            try eachSecond()
            Clock.sleep(seconds: 1)
            let used = try agent.cpuNanoseconds() - before
            shares.append(used / Double(Clock.monotonic() - start) * 100)
        }
        let memory = try agent.residentBytes()
        context.report.add(
            Figure(name, "CPU, \(title)", unit: "% of core", Spread(shares), target: 0.5)
        )
        context.report.add(
            Figure(
                name,
                "RSS, \(title)",
                unit: "MiB",
                Spread(exactly: memory.all / 1_048_576),
                target: 24,
                note: "of it private: \(Report.number(memory.anonymous / 1_048_576)) MiB"
            )
        )
    }
}
