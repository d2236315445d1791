/// The applications of a run: each name once, because each names its files.
struct TraceNames {
    /// Where each is.
    private var seen: [String: String] = [:]

    /// Takes in one trace, and passes on what people should know of it.
    mutating func add(
        _ application: String,
        ignoredColumns: [String],
        path: String,
        warn: (String) -> Void
    ) throws(BacktestError) {
        if let other = seen.updateValue(path, forKey: application) {
            throw .duplicateApplication(application, paths: [other, path])
        }
        guard !ignoredColumns.isEmpty else { return }
        let columns = ignoredColumns.map { "\"\($0)\"" }.joined(separator: ", ")
        warn("\(path):1: ignored column \(columns): not a resource")
    }
}
