package import Aggregates

/// Why a simulation stopped.
package enum SimulationError: Error, Sendable, Hashable, CustomStringConvertible {
    case trace(TraceError)
    /// Two traces would write the same plan file.
    case duplicateApplication(String)
    /// The applications of a pool have no moment at which all of them have a sample.
    case noCommonTimestamp(Resource, applications: Int)
    case cannotWrite(path: String, reason: String)

    package var description: String {
        switch self {
        case .trace(let error): error.description
        case .duplicateApplication(let name):
            "two traces are named \(name).csv; rename one, the file's name is the application"
        case .noCommonTimestamp(let resource, let applications):
            "--pool: the \(applications) traces with \(resource.name) have no timestamp at which "
                + "all of them have a sample; give traces of one period and step"
        case .cannotWrite(let path, let reason): "\(path): cannot be written: \(reason)"
        }
    }
}
