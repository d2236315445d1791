/// The applications of a run: each name once, because each names its files.
struct TraceNames {
    private var seen: Set<String> = []

    /// Takes in one trace, and passes on what people should know of it.
    mutating func add(
        _ application: String,
        ignoredColumns: [String],
        path: String,
        warn: (String) -> Void
    ) throws(BacktestError) {
        guard seen.insert(application).inserted else { throw .duplicateApplication(application) }
        guard !ignoredColumns.isEmpty else { return }
        let columns = ignoredColumns.map { "\"\($0)\"" }.joined(separator: ", ")
        warn("\(path):1: ignored column \(columns): not a resource")
    }
}
