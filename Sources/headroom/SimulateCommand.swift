internal import ArgumentParser
internal import Backtest

/// `headroom simulate`: what the planner would have held, missed and cost on recorded demand.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run the planner and rival policies against traces and compare their cost.",
        discussion: """
            A trace is CSV with timestamp_s (integer seconds, increasing) first, then any of \
            cpu, memory, net_rx, net_tx, disk_read, disk_write, requests; an empty cell is a \
            missing sample. A request for more made at t is usable at t + lead; a release takes \
            effect at once and cancels what is pending first. A sample is compared with what was \
            usable before it was seen. At the start the first sample's demand is covered.

            hold is capacity above demand and shortage demand above capacity, both over demand; \
            cost is hold + ratio x shortage. Means over series; cost/reactive is the geometric \
            mean of ratios, changes/day the median.

            POLICIES
            \(PolicyKind.allCases.map { "  \($0.rawValue): \($0.summary)" }.joined(separator: "\n"))

            EXAMPLES
              headroom simulate web.csv
              headroom simulate traces/*.csv --lead 900 --cost-ratio 99 --plan out
              headroom simulate a.csv b.csv --pool --policy headroom,reactive --json
            """
    )

    @Argument(help: ArgumentHelp("Traces to simulate.", valueName: "trace.csv"))
    var traces: [String]

    @Option(help: "Seconds from a request to usable capacity.")
    var lead: Int64 = 300

    @Option(help: "Cost of one unit-second short over one held idle.")
    var costRatio = 19.0

    @Option(help: "Policies to run, separated by commas.")
    var policy = "headroom,reactive,vpa,nsigma,autopilot,static"

    @Option(
        help: ArgumentHelp(
            "Write each plan to DIR/<policy>/<application>.plan.csv.",
            valueName: "dir"
        )
    )
    var plan: String?

    @Option(
        help: ArgumentHelp(
            "Headroom's smallest step of capacity, in the trace's unit (default: none to speak of).",
            valueName: "amount"
        )
    )
    var chunk: Double?

    @Flag(help: "Add the applications up and plan them as one pool, named \"pool\".")
    var pool = false

    @Flag(help: "Print the scores as one JSON object.")
    var json = false

    func validate() throws {
        _ = try policies()
        if traces.isEmpty { throw ValidationError("at least one trace is needed") }
        // A year: longer is a slip, and nanoseconds stay within 64 bits.
        guard (0...31_536_000).contains(lead) else {
            throw ValidationError("--lead: \(lead) is not within 0...31536000 seconds")
        }
        guard costRatio > 0, costRatio <= 1e9 else {
            throw ValidationError("--cost-ratio: \(costRatio) is not a positive ratio such as 19")
        }
        if let chunk, !(chunk > 0 && chunk.isFinite) {
            throw ValidationError("--chunk: \(chunk) is not a positive amount")
        }
        if plan == "" { throw ValidationError("--plan: the directory is empty") }
    }

    func run() throws {
        let simulator = Simulator(
            setup: SimulationSetup(
                leadSeconds: lead,
                costRatio: costRatio,
                policies: try policies(),
                chunk: chunk ?? SimulationSetup.continuousChunk,
                isPooled: pool,
                planDirectory: plan
            )
        )
        let bar = ProgressBar()
        do throws(SimulationError) {
            let report = try simulator.run(
                paths: traces,
                progress: bar.show,
                warn: StandardError.complain
            )
            bar.clear()
            print(json ? report.json : report.table, terminator: "")
        } catch {
            bar.clear()
            StandardError.complain("\(error)")
            throw ExitCode(1)
        }
    }

    private func policies() throws -> [PolicyKind] {
        var seen: Set<PolicyKind> = []
        return try policy.split(separator: ",", omittingEmptySubsequences: false).map { text in
            guard let kind = PolicyKind(rawValue: String(text)) else {
                let known = PolicyKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--policy: \"\(text)\" is not a policy; known are \(known)")
            }
            guard seen.insert(kind).inserted else {
                throw ValidationError("--policy: \(text) is given twice")
            }
            return kind
        }
    }
}
