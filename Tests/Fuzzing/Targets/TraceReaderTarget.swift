import Aggregates
import Backtest

extension FuzzTarget {
    /// Traces, gzip or not. A trace that is taken reads back the same from what is written of it; a refusal names the
    /// file and moves no cursor of a terminal.
    static let traceReader = FuzzTarget(name: "trace-reader", largest: 4096) { bytes in
        guard let trace = try ReadTrace(bytes) else { return }
        guard let again = try ReadTrace(Array(trace.text.utf8)) else {
            throw Finding(description: "what was written of a trace is refused:\n\(trace.text)")
        }
        try demand(trace == again, "a trace reads back otherwise than it was:\n\(trace.text)\n\(again.text)")
    }
}

/// All rows of a trace.
private struct ReadTrace: Equatable {
    struct Row: Equatable {
        let seconds: Int64
        /// By the trace's columns.
        let values: [Double?]
    }

    private var resources: [Resource] = []
    private var rows: [Row] = []

    /// Nil when it is refused.
    init?(_ bytes: [UInt8]) throws {
        let read: ReadTrace? = try ScratchFile.with(bytes, named: "web.csv") { _, path in
            do throws(TraceError) {
                return try ReadTrace(path)
            } catch {
                try demand(error.path == path, "the error names \(error.path)")
                try demandHarmless(error.description, "an error")
                return nil
            }
        }
        guard let read else { return nil }
        self = read
    }

    private init(_ path: String) throws(TraceError) {
        var reader = try TraceReader(path: path)
        resources = reader.resources
        while let row = try reader.next() {
            rows.append(Row(seconds: row.timeSeconds, values: resources.map { row[$0] }))
        }
    }

    var text: String {
        var text = "timestamp_s," + resources.map(\.name).joined(separator: ",") + "\n"
        for row in rows {
            text += "\(row.seconds)," + row.values.map { $0.map(String.init(describing:)) ?? "" }.joined(separator: ",") + "\n"
        }
        return text
    }
}
