/// Something about a managed cgroup that people should know. Told once.
package enum EnforcementNote: Hashable, Sendable, CustomStringConvertible {
    /// It is there now and will be limited once its forecasts have been seen to hold.
    case appeared(path: String)
    case disappeared(path: String)
    /// The agent itself runs in it: it is left alone.
    case holdsTheAgent(path: String)
    /// The cgroup has no such file.
    case fileMissing(path: String, file: ControlFile)
    /// A file was changed by others: what they wrote is now what will be put back.
    case changedByOthers(path: String, file: ControlFile, from: String, to: String)
    /// Others change the file time and again: it is left to them.
    case givenUp(path: String, file: ControlFile)
    case failed(path: String, file: ControlFile, reason: String)

    package var isProblem: Bool {
        switch self {
        case .appeared, .disappeared: false
        default: true
        }
    }

    package var description: String {
        switch self {
        case .appeared(let path): "\(path) is there: it is limited once its forecasts are warm"
        case .disappeared(let path): "\(path) is gone"
        case .holdsTheAgent(let path):
            "\(path) holds this agent: it is left alone; run the agent in a cgroup of its own"
        case .fileMissing(let path, let file):
            "\(path) has no \(file.rawValue): write +\(file.controller) to cgroup.subtree_control of the cgroup above it"
        case .changedByOthers(let path, let file, let from, let to):
            "\(path)/\(file.rawValue): others changed \(from) to \(to), which is now what will be put back"
        case .givenUp(let path, let file):
            "\(path)/\(file.rawValue): others have changed it \(EnforcementRules.patience) times: it is left to them"
        case .failed(let path, let file, let reason): "\(path)/\(file.rawValue): \(reason)"
        }
    }
}
