/// Why a backtest stopped, other than a malformed trace.
package enum BacktestError: Error, Sendable, Hashable, CustomStringConvertible {
    case trace(TraceError)
    /// Two traces would write the same predictions file.
    case duplicateApplication(String)
    /// A plot is of one trace.
    case plotNeedsOneTrace(Int)
    case cannotWrite(path: String, reason: String)

    package var description: String {
        switch self {
        case .trace(let error): error.description
        case .duplicateApplication(let name):
            "two traces are named \(name).csv; rename one, the file's name is the application"
        case .plotNeedsOneTrace(let count): "a plot shows one trace, got \(count)"
        case .cannotWrite(let path, let reason): "\(path): cannot be written: \(reason)"
        }
    }
}
