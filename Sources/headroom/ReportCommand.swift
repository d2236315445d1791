internal import Agent
internal import Aggregates
internal import ArgumentParser
internal import Backtest
internal import Capacity
internal import Glibc
internal import History
internal import Report

/// `headroom report`: the last days on one page.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Make a page of what this node did, what was forecast and held, and what it was worth.",
        discussion: """
            One HTML file that needs nothing else: demand and capacity with the forecast's band, whether \
            forecasts were honest, what was held and short, what a reactive, a VPA-like and a fixed rule \
            would have cost on the same demand, who used most, requests, alarms and losses, and what \
            Headroom itself cost. From the minutes of the history (docs/history.md).

            EXAMPLES
              sudo headroom report -o report.html
              sudo headroom report --since 24h -o yesterday.html
              sudo headroom report --since 2026-11-21 --until 2026-11-28 -o week.html
              sudo headroom report --lead 120 --cost-ratio 99 -o dearer.html
              headroom report --history copy/history -o elsewhere.html
            """
    )

    @Option(name: [.customShort("o"), .long], help: ArgumentHelp("The file to write; - for standard output.", valueName: "file"))
    var output: String

    @OptionGroup(title: "History") var range: HistoryRange

    @Option(
        help: ArgumentHelp(
            "Seconds from a request to usable capacity, for the comparison. (default: the node's CPU plan's)", valueName: "seconds"))
    var lead: Int64?

    @Option(
        help: ArgumentHelp("Cost of a unit short over one idle, for the comparison. (default: the node's CPU plan's)", valueName: "ratio"))
    var costRatio: Double?

    @Flag(help: "Leave out the comparison with other policies, which takes most of the time.")
    var noComparison = false

    /// Minutes: with fewer a rule that has learned nothing is compared with one that knows the whole.
    private static let comparedAtLeast = 120

    func validate() throws {
        if output.isEmpty { throw ValidationError("--output: the file's name is empty") }
        if let lead, !(0...86_400).contains(lead) { throw ValidationError("--lead: \(lead) is not within 0...86400 seconds") }
        if let costRatio, !(costRatio > 0 && costRatio <= 1e9) {
            throw ValidationError("--cost-ratio: \(costRatio) is not a ratio above 0 and of at most 1e9, such as 19")
        }
    }

    func run() throws {
        let reader = try range.reader()
        let asked = try range.nanoseconds()
        let now = UInt64(time(nil)) * 1_000_000_000
        let oldest = reader.files.filter { $0.tier == .coarse }.map { UInt64($0.startMilliseconds) * 1_000_000 }.min() ?? 0
        let (from, to) = (max(asked.lowerBound, oldest), min(asked.upperBound, now))
        var data = ReportData(span: to > from ? to - from : 0)
        try range.scan(reader, .coarse, into: &data)
        guard !data.isEmpty else {
            throw AgentError(.failed, "\(reader.directory): no minute of that time; `headroom history` says what there is")
        }
        let policies = noComparison || data.minuteCount < Self.comparedAtLeast ? [] : compared(data)
        let page = ReportPage(data, policies: policies, version: Headroom.version, madeNanoseconds: now)
        let bytes = Array(page.html.utf8)
        guard output != "-" else { return try FileOutput.write(bytes, to: STDOUT_FILENO, "standard output") }
        do throws(FileError) {
            try OutputPlace.write(bytes, to: output)
        } catch {
            throw AgentError(error)
        }
        StandardError.write("\(output): \(bytes.count / 1024) KiB")
    }

    /// The node's demand under other rules.
    private func compared(_ data: ReportData) -> [PolicyCost] {
        let plan = data.nodePlan
        let setup = SimulationSetup(
            lead: .constant(lead ?? plan.map { $0.leadNanoseconds / 1_000_000_000 } ?? 300),
            costRatio: costRatio ?? plan.map { $0.fraction / (1 - $0.fraction) } ?? 19,
            policies: [.headroom, .reactive, .vpa, .static])
        var costs: [PolicyCost] = []
        for resource in [Resource.cpu, .memory] {
            let demand = data.nodePeaks(resource)
            let series = SimulatedSeries(
                name: "node", resource: resource, timestampsSeconds: demand.seconds, values: demand.values)
            for policy in setup.policies {
                let plan = policy.run(on: series, setup: setup)
                guard
                    let score = SimulationScore(
                        rows: plan.rows, stepSeconds: series.stepSeconds, costRatio: setup.costRatio)
                else { continue }
                costs.append(
                    PolicyCost(
                        resource: resource, policy: policy.rawValue, summary: policy.summary, hold: score.hold,
                        shortage: score.shortage, violationTime: score.violationTime, cost: score.cost,
                        changesPerDay: score.changesPerDay, isHeadroom: policy == .headroom))
            }
        }
        return costs
    }
}
