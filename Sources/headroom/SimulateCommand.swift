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

            With --pool there is also a line "headroom apart": the same applications, each planned \
            on its own and sharing nothing.

            EXAMPLES
              headroom simulate web.csv
              headroom simulate traces/*.csv --lead 900 --cost-ratio 99 --plan out
              headroom simulate a.csv b.csv --pool --policy headroom,reactive --json
              headroom simulate web.csv --lead 120-600 --fail denied=0.1,late=0.1
              headroom simulate traces/*.csv --pareto 1,4,19,99
              headroom simulate web.csv --policy headroom,reactive,vpa --plot web.svg
              sudo headroom simulate --from-history --since 7d --lead 300
            """
    )

    @Argument(help: ArgumentHelp("Traces to simulate.", valueName: "trace.csv"))
    var traces: [String] = []

    @OptionGroup(title: "History in place of traces") var source: HistorySource

    @Option(
        help: ArgumentHelp(
            "Seconds from a request to usable capacity: 300, or 120-600 (any between), or 60,300,900 (each as likely), or lognormal:300:0.5 (median, sigma).",
            valueName: "lead"
        )
    )
    var lead = "300"

    @Option(help: "Cost of one unit-second short over one held idle. (default: 19)")
    var costRatio: Double?

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

    @Option(
        help: ArgumentHelp(
            "Shares of requests for more that fail, such as denied=0.1,partial=0.1,late=0.1: refused, given in part, or given after 4 times the lead.",
            valueName: "shares"
        )
    )
    var fail: String?

    @Option(help: "Seed of what is left to chance by --lead and --fail.")
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp(
            "Compare hold and shortage over these cost ratios, separated by commas, instead of one.",
            valueName: "ratios"
        )
    )
    var pareto: String?

    @Option(
        help: ArgumentHelp(
            "Draw demand, capacity and shortage of the only trace, or of the pool, by policy.",
            valueName: "file.svg"
        )
    )
    var plot: String?

    @Flag(help: "Add the applications up and plan them as one pool, named \"pool\".")
    var pool = false

    @Flag(help: "Print the scores as one JSON object.")
    var json = false

    func validate() throws {
        try source.validate(traces)
        if let costRatio, !(costRatio > 0 && costRatio <= 1e9) {
            throw ValidationError("--cost-ratio: \(costRatio) is not a ratio above 0 and of at most 1e9, such as 19")
        }
        if let chunk, !(chunk > 0 && chunk.isFinite) {
            throw ValidationError("--chunk: \(chunk) is not a positive amount")
        }
        if plan == "" { throw ValidationError("--plan: the directory is empty") }
        if plot == "" { throw ValidationError("--plot: the file's name is empty") }
        if plot != nil && !pool && traces.count > 1 {
            throw ValidationError(
                "--plot: one trace or, with --pool, one pool is drawn; \(traces.count) traces are given"
            )
        }
        if pareto != nil && (plan != nil || plot != nil) {
            throw ValidationError("--pareto: compares many plans; --plan and --plot are for one")
        }
        if pareto != nil && costRatio != nil { throw ValidationError("--pareto: has the ratios; --cost-ratio is for one") }
        _ = try setup()
        _ = try ratios()
    }

    func run() throws { try source.withTraces(traces, run) }

    private func run(_ traces: [String]) throws {
        let setup = try setup()
        let ratios = try ratios()
        let bar = ProgressBar()
        do throws(BacktestError) {
            let text: String
            if let ratios {
                let study = ParetoStudy(setup: setup, costRatios: ratios)
                let report = try study.run(
                    paths: traces, progress: bar.show, warn: StandardError.complain)
                text = json ? report.json : report.table
            } else {
                let report = try Simulator(setup: setup).run(
                    paths: traces, progress: bar.show, warn: StandardError.complain)
                text = json ? report.json : report.table
            }
            bar.clear()
            print(text, terminator: "")
        } catch {
            bar.clear()
            throw error.asAgentError
        }
    }

    private func setup() throws -> SimulationSetup {
        guard let lead = LeadModel(lead) else {
            throw ValidationError(
                "--lead: \"\(lead)\" is not a lead time within 0...\(LeadModel.longest) seconds; "
                    + "expected 300, 120-600, 60,300,900 or lognormal:300:0.5"
            )
        }
        var failures = FailureShares.none
        if let fail {
            guard let shares = FailureShares(fail) else {
                throw ValidationError(
                    "--fail: \"\(fail)\" is not a list of shares; expected such as "
                        + "denied=0.1,partial=0.1,late=0.1, together at most 1"
                )
            }
            failures = shares
        }
        return SimulationSetup(
            lead: lead,
            failures: failures,
            seed: seed,
            costRatio: costRatio ?? 19,
            policies: try policies(),
            chunk: chunk ?? SimulationSetup.continuousChunk,
            isPooled: pool,
            planDirectory: plan,
            plotPath: plot
        )
    }

    private func ratios() throws -> [Double]? {
        guard let pareto else { return nil }
        var last = 0.0
        return try pareto.split(separator: ",", omittingEmptySubsequences: false).map { text in
            guard let ratio = Double(text), ratio > last, ratio <= 1e9 else {
                throw ValidationError(
                    "--pareto: \"\(text)\" is not a ratio above \(last) and of at most 1e9; expected increasing ones such as 1,4,19,99"
                )
            }
            last = ratio
            return ratio
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
