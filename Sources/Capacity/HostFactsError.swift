/// Why the host's capacity is not known, and what can be done.
package enum HostFactsError: Error, Hashable, Sendable, CustomStringConvertible {
    case processors(errno: Int32)
    case unreadable(path: String, errno: Int32)
    case noMemoryTotal(path: String)

    package var description: String {
        switch self {
        case .processors(let errno):
            "sysconf(_SC_NPROCESSORS_ONLN) failed with errno \(errno); "
                + "set the number of cores in the configuration"
        case .unreadable(let path, let errno):
            "\(path) cannot be read (errno \(errno)); mount /proc or set memory in the configuration"
        case .noMemoryTotal(let path):
            "\(path) has no line \"MemTotal: <number> kB\"; set memory in the configuration"
        }
    }
}
