package import Aggregates

/// Why a backtest or a simulation stopped.
package enum BacktestError: Error, Sendable, Hashable, CustomStringConvertible {
    case trace(TraceError)
    /// Two traces would write the same file.
    case duplicateApplication(String)
    /// A plot is of one trace, or of one pool.
    case plotNeedsOneTrace(Int)
    /// The applications of a pool have no moment at which all of them have a sample.
    case noCommonTimestamp(Resource, applications: Int)
    case cannotWrite(path: String, reason: String)

    package var description: String {
        switch self {
        case .trace(let error): error.description
        case .duplicateApplication(let name):
            "two traces are named \(name).csv; rename one, the file's name is the application"
        case .plotNeedsOneTrace(let count): "a plot shows one trace, got \(count)"
        case .noCommonTimestamp(let resource, let applications):
            "--pool: the \(applications) traces with \(resource.name) have no timestamp at which "
                + "all of them have a sample; give traces of one period and step"
        case .cannotWrite(let path, let reason): "\(path): cannot be written: \(reason)"
        }
    }
}
