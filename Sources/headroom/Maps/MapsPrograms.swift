internal import Agent
internal import ArgumentParser
internal import Glibc
internal import NodeView
internal import Probes
internal import Settings

extension MapsCommand {
    /// `headroom maps progs`.
    struct Programs: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "progs",
            abstract: "Where each program is attached, how often it runs, and what a run costs.",
            discussion: """
                The kernel counts and times runs only while somebody asks for it, which takes two looks \
                at the clock a run, some 50 ns. So this asks for --window, one second unless told \
                otherwise, and says what ran in it; with --window 0 it only shows what the agent's own \
                measuring (one window in fifteen) and others have had counted since the programs were \
                loaded. MISSED are runs since load that the kernel skipped because the program was \
                active on that CPU already.

                EXAMPLES
                  sudo headroom maps progs
                  sudo headroom maps progs --window 10s
                  sudo headroom maps progs --window 0 --json
                """)

        @Option(
            help: ArgumentHelp("Time the programs for so long; 0: not at all.", valueName: "duration"),
            transform: { text in
                try Arguments.told { () throws(UnitArgument.Complaint) in
                    try UnitArgument.seconds(text, in: 0...600)
                }
            })
        var window: Double = 1

        @OptionGroup var location: AgentLocation

        @Flag(help: "One JSON object a line on standard output.")
        var json = false

        func run() throws {
            try MapsCommand.told {
                var agent = try RunningAgent(location)
                let isOn = Self.isCountingOn
                let reports = try ProgramReport.all(of: &agent, watching: window)
                guard json else { return printText(reports, wasOn: isOn) }
                var line = JSONLine()
                for report in reports { report.write(to: &line) }
                try FileOutput.write(line.bytes, to: STDOUT_FILENO, "standard output")
            }
        }

        private func printText(_ reports: [ProgramReport], wasOn: Bool) {
            let isWatched = window > 0
            var table = TextTable([
                ("PROGRAM", .left), ("ATTACHED TO", .left), ("ID", .right),
                (isWatched ? "RUNS/S" : "RUNS", .right), ("NS/RUN", .right), ("CPU", .right),
                ("MISSED", .right), ("JIT", .right), ("MEMORY", .right), ("LOADED", .left), ("TAG", .left),
            ])
            var cores = 0.0
            for report in reports {
                let info = report.info
                let share = report.window.map { Double($0.nanoseconds) / 1e9 / $0.seconds }
                cores += share ?? 0
                let runs = report.window.map {
                    Compact.fixed(Double($0.runs) / $0.seconds, Double($0.runs) < 10 * $0.seconds ? 1 : 0)
                }
                table.add([
                    report.name,
                    report.attached.isEmpty ? report.absence : report.attached.joined(separator: ", "),
                    String(info.id), runs ?? String(info.runCount),
                    report.nanosecondsPerRun.map { Compact.fixed($0, 0) } ?? "-",
                    share.map { Compact.fixed($0 * 100, 3) + " %" } ?? "-", String(info.recursionMisses),
                    info.jitedBytes == 0 ? "off" : Compact.bytes(Double(info.jitedBytes)) + "B",
                    info.memoryBytes.map { Compact.bytes(Double($0)) + "B" } ?? "-",
                    Compact.timeOfDay(UInt64(max(0, report.loadedSeconds) * 1e9)), info.tag,
                ])
            }
            print(table.lines.joined(separator: "\n"))
            guard isWatched else {
                return print("\nruns and times since load, of the windows in which somebody had them counted")
            }
            let seconds = UnitArgument.text(seconds: window)
            print(
                "\nover \(seconds) all of them took \(Compact.fixed(cores * 100, 2)) % of one core; "
                    + (wasOn
                        ? "the kernel times every run anyway (kernel.bpf_stats_enabled=1)"
                        : "every run was timed meanwhile, which cost some 50 ns a run and is in these figures; it is off again"))
        }

        /// Somebody has it on for good; that a descriptor holds it on cannot be told.
        private static var isCountingOn: Bool {
            let text = (try? TextFile.read("/proc/sys/kernel/bpf_stats_enabled")) ?? ""
            return text.hasPrefix("1")
        }
    }
}
