package import Aggregates
package import Capacity

/// Why a backtest or a simulation stopped.
package enum BacktestError: Error, Sendable, Hashable, CustomStringConvertible {
    case trace(TraceError)
    /// Two traces would write the same file: its name, and where they are.
    case duplicateApplication(String, paths: [String])
    /// A plot is of one trace, or of one pool.
    case plotNeedsOneTrace(Int)
    /// The applications of a pool have no moment at which all of them have a sample.
    case noCommonTimestamp(Resource, applications: Int)
    /// A file or directory to write.
    case cannotWrite(FileError)

    /// Whether another user might do it.
    package var isPermission: Bool {
        switch self {
        case .trace(let error): error.isPermission
        case .cannotWrite(let error): error.isPermission
        case .duplicateApplication, .plotNeedsOneTrace, .noCommonTimestamp: false
        }
    }

    package var description: String {
        switch self {
        case .trace(let error): error.description
        case .duplicateApplication(let name, let paths):
            "two traces are of an application \(name): \(paths.joined(separator: " and ")); rename one, the file's name is the "
                + "application's"
        case .plotNeedsOneTrace(let count): "a plot shows one trace, got \(count)"
        case .noCommonTimestamp(let resource, let applications):
            "--pool: the \(applications) traces with \(resource.name) have no timestamp at which "
                + "all of them have a sample; give traces of one period and step"
        case .cannotWrite(let error): "cannot write: \(error)"
        }
    }
}
