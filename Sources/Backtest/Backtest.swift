internal import Aggregates

/// Replays traces through the forecaster, exactly as the agent would feed it, beside baselines.
///
/// Two passes over each trace: the first checks it and finds its extent, so that a malformed
/// trace fails before anything is written. Memory does not grow with a trace's length.
package struct Backtest: Sendable {
    package let configuration: BacktestConfiguration

    package init(configuration: BacktestConfiguration) { self.configuration = configuration }

    /// - Parameters:
    ///   - progress: called now and then with the share of all rows that is done, `0...1`.
    ///   - warn: called with each warning for people, such as an ignored column.
    package func run(
        paths: [String],
        progress: (Double) -> Void = { _ in },
        warn: (String) -> Void = { _ in }
    ) throws(BacktestError) -> BacktestReport {
        if configuration.plotPath != nil && paths.count != 1 {
            throw .plotNeedsOneTrace(paths.count)
        }
        var summaries: [TraceSummary] = []
        var names = TraceNames()
        for path in paths {
            let summary = try Self.summary(path)
            try names.add(
                summary.application, ignoredColumns: summary.ignoredColumns, path: path, warn: warn)
            summaries.append(summary)
        }
        if let directory = configuration.predictionsDirectory { try OutputFile.makeDirectories(directory) }
        let rowCount = Double(summaries.reduce(0) { $0 + $1.rowCount })
        var done = 0
        var scores: [SeriesScore] = []
        for (path, summary) in zip(paths, summaries) {
            scores += try replay(path, summary) { rows in
                progress(Double(done + rows) / rowCount)
            }
            done += summary.rowCount
        }
        return BacktestReport(configuration: configuration, series: scores)
    }

    private func replay(
        _ path: String,
        _ summary: TraceSummary,
        progress: (Int) -> Void
    ) throws(BacktestError) -> [SeriesScore] {
        var reader = try Self.reader(path)
        var replays = reader.resources.map {
            SeriesReplay(resource: $0, summary: summary, configuration: configuration)
        }
        var writer: PredictionsWriter?
        if let directory = configuration.predictionsDirectory {
            writer = try PredictionsWriter(
                directory: directory,
                application: summary.application,
                quantiles: configuration.quantiles
            )
        }
        var rows = 0
        while let row = try Self.next(&reader) {
            for index in replays.indices {
                let resource = replays[index].resource
                guard let value = row[resource] else { continue }
                let forecasts = replays[index].observe(timeSeconds: row.timeSeconds, value: value)
                for (horizon, quantiles) in zip(configuration.horizonsSeconds, forecasts) {
                    try writer?.write(
                        timeSeconds: row.timeSeconds,
                        resource: resource,
                        horizonSeconds: horizon,
                        forecasts: quantiles
                    )
                }
            }
            rows += 1
            if rows % 1_000 == 0 { progress(rows) }
        }
        try writer?.finish()
        if let path = configuration.plotPath { try plot(replays, summary, to: path) }
        progress(rows)
        return replays.flatMap(\.scores)
    }

    private func plot(
        _ replays: [SeriesReplay],
        _ summary: TraceSummary,
        to path: String
    ) throws(BacktestError) {
        let middle = configuration.quantiles.count / 2
        try TracePlot(
            application: summary.application,
            quantiles: configuration.quantiles,
            firstSeconds: summary.firstSeconds,
            lastSeconds: summary.lastSeconds,
            panels: replays.compactMap(\.panel),
            scores: replays.map { $0.scores[0].policies[0].quantiles[middle] }
        ).write(to: path)
    }

    private static func summary(_ path: String) throws(BacktestError) -> TraceSummary {
        do throws(TraceError) { return try TraceSummary(path: path) } catch { throw .trace(error) }
    }

    private static func reader(_ path: String) throws(BacktestError) -> TraceReader {
        do throws(TraceError) { return try TraceReader(path: path) } catch { throw .trace(error) }
    }

    private static func next(_ reader: inout TraceReader) throws(BacktestError) -> TraceRow? {
        do throws(TraceError) { return try reader.next() } catch { throw .trace(error) }
    }
}
