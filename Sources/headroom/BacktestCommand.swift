internal import ArgumentParser
internal import Backtest

/// `headroom backtest`: how well the forecaster would have done on recorded demand.
struct BacktestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Replay traces through the forecaster and score it beside the rules in use.",
        discussion: """
            A trace is CSV with timestamp_s (integer seconds, increasing) first, then any of \
            cpu, memory, net_rx, net_tx, disk_read, disk_write, requests; an empty cell is a \
            missing sample. Forecasts are about the maximum over the lead time and are made \
            from nothing later than the sample they follow. Scores leave out the first two \
            days or quarter of a trace, whichever is less. Traces may be gzip files \
            (web.csv.gz).

            EXAMPLES
              headroom backtest web.csv
              headroom backtest traces/*.csv --horizon 300,900 --predictions out
              headroom backtest web.csv --quantile 0.95,0.99 --json | jq '.scores[0]'
              headroom backtest web.csv.gz --plot web.svg
              headroom backtest traces/*.csv --json --per-series | jq '.worst'
              sudo headroom backtest --from-history --since 3d --cgroup /system.slice
            """
    )

    @Argument(help: ArgumentHelp("Traces to replay.", valueName: "trace.csv"))
    var traces: [String] = []

    @OptionGroup(title: "History in place of traces") var source: HistorySource

    @Option(help: "Lead times in seconds, separated by commas.")
    var horizon = "300,900"

    @Option(help: "Quantiles within 0..<1, increasing, separated by commas.")
    var quantile = "0.9,0.95,0.99"

    @Option(
        help: ArgumentHelp(
            "Write each application's forecasts to DIR/<application>.predictions.csv.",
            valueName: "dir"
        )
    )
    var predictions: String?

    @Option(
        help: ArgumentHelp(
            "Draw the only trace's demand, quantiles and misses at the first lead time.",
            valueName: "file.svg"
        )
    )
    var plot: String?

    @Flag(help: "Print the scores as one JSON object.")
    var json = false

    @Flag(help: "With --json: every policy's score on every series too.")
    var perSeries = false

    func validate() throws {
        _ = try horizons()
        _ = try quantiles()
        try source.validate(traces)
        if perSeries && !json { throw ValidationError("--per-series needs --json") }
        if plot == "" { throw ValidationError("--plot: the file's name is empty") }
        if plot != nil && traces.count > 1 {
            throw ValidationError("--plot: one trace is drawn, \(traces.count) are given")
        }
        if predictions == "" { throw ValidationError("--predictions: the directory is empty") }
    }

    func run() throws { try source.withTraces(traces, run) }

    private func run(_ traces: [String]) throws {
        let backtest = Backtest(
            configuration: BacktestConfiguration(
                horizonsSeconds: try horizons(),
                quantiles: try quantiles(),
                predictionsDirectory: predictions,
                plotPath: plot
            )
        )
        let bar = ProgressBar()
        do throws(BacktestError) {
            let report = try backtest.run(paths: traces, progress: bar.show, warn: StandardError.complain)
            bar.clear()
            if report.scoredCount == 0 {
                StandardError.complain(
                    "nothing could be scored: the first two days of a trace, or its first quarter if that is less, and the last lead "
                        + "time do not count")
            }
            print(json ? report.json(perSeries: perSeries) : report.scoredCount == 0 ? "" : report.table, terminator: "")
        } catch {
            bar.clear()
            throw error.asAgentError
        }
    }

    private func horizons() throws -> [Int64] {
        var seen: Set<Int64> = []
        return try horizon.split(separator: ",", omittingEmptySubsequences: false).map { text in
            // A year: longer is a slip, and nanoseconds stay within 64 bits.
            guard let seconds = Int64(text), (1...31_536_000).contains(seconds) else {
                throw ValidationError(
                    "--horizon: \"\(text)\" is not a lead time within 1...31536000 seconds; expected such as 300"
                )
            }
            guard seen.insert(seconds).inserted else {
                throw ValidationError("--horizon: \(seconds) is given twice")
            }
            return seconds
        }
    }

    private func quantiles() throws -> [Double] {
        var previous = -1.0
        return try quantile.split(separator: ",", omittingEmptySubsequences: false).map { text in
            guard let level = Double(text), level >= 0, level < 1 else {
                throw ValidationError(
                    "--quantile: \"\(text)\" is not a quantile; expected a number within 0..<1 "
                        + "such as 0.95"
                )
            }
            guard level > previous else {
                throw ValidationError("--quantile: \(level) does not come after \(previous)")
            }
            previous = level
            return level
        }
    }
}
