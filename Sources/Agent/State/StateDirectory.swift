internal import Glibc

/// Where the agent keeps what it has learned from one run to the next.
package struct StateDirectory: Hashable, Sendable {
    package let path: String
    package var checkpoint: CheckpointFile { CheckpointFile(path: path + "/forecasts") }

    package static let standardPath = "/var/lib/headroom"
    package static let environmentVariable = "HEADROOM_STATE_DIRECTORY"

    /// What the environment names, if it does.
    package static var inEnvironment: String? {
        EnvironmentVariable.value(of: environmentVariable)
    }

    package init(path: String) { self.path = path }

    /// Makes it for root alone, unless it is there; the directory above has to be.
    func make() throws(AgentError) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw .system("mkdir", path)
        }
    }

    /// Gives it and all in it to another user. Files with more than one name are left, as one of these may lie elsewhere.
    func handOver(to uid: UInt32, _ gid: UInt32) throws(AgentError) {
        try make()
        let root = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw .system("open", path) }
        try Self.handOver(root, path, uid, gid, depth: 0)
    }

    /// - Parameter directory: open; closed by this.
    private static func handOver(
        _ directory: CInt, _ path: String, _ uid: UInt32, _ gid: UInt32, depth: Int
    ) throws(AgentError) {
        guard let stream = unsafe fdopendir(directory) else {
            close(directory)
            throw .system("fdopendir", path)
        }
        defer { unsafe closedir(stream) }
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            var facts = stat()
            guard unsafe fstatat(directory, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            switch facts.st_mode & S_IFMT {
            case S_IFDIR where depth < 8:
                let below = unsafe openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
                if below >= 0 { try handOver(below, "\(path)/\(name)", uid, gid, depth: depth + 1) }
            case S_IFREG where facts.st_nlink == 1:
                guard unsafe fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW) == 0 else {
                    throw .system("chown", "\(path)/\(name)")
                }
            default: break
            }
        }
        guard fchown(directory, uid, gid) == 0 else { throw .system("chown", path) }
    }
}
