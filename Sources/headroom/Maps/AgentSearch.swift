internal import Agent
internal import Glibc
internal import Probes

/// Why there is nothing to look at.
enum AgentSearch {
    /// `error`, and where an agent does run when none runs in the directory that was looked in.
    static func explained(_ error: AgentError) -> AgentError {
        guard error.kind == .failed, geteuid() == 0, error.description.hasPrefix("no agent is running")
        else { return error }
        let others = runningElsewhere()
        guard !others.isEmpty else {
            return AgentError(
                error.kind,
                error.description
                    + "\n  its maps and programs live as long as it does: the kernel has freed them")
        }
        let list = others.map {
            "\n  one runs as process \($0.pid): HEADROOM_RUNTIME_DIRECTORY=\($0.directory) headroom maps"
        }
        return AgentError(error.kind, error.description + list.joined())
    }

    /// Agents of other runtime directories: who holds a lock file called as an agent's is, and BPF
    /// maps. O(open files of the host), only when there is nothing else to tell.
    private static func runningElsewhere() -> [(pid: pid_t, directory: String)] {
        var found: [(pid: pid_t, directory: String)] = []
        for pid in Directory.names("/proc").compactMap({ pid_t($0) }) {
            var lock: String?
            var holdsMaps = false
            for descriptor in Directory.names("/proc/\(pid)/fd") {
                guard let target = Directory.link("/proc/\(pid)/fd/\(descriptor)") else { continue }
                if target.hasSuffix("/agent.lock") { lock = String(target.dropLast("/agent.lock".count)) }
                if target == "anon_inode:bpf-map" { holdsMaps = true }
                if lock != nil, holdsMaps { break }
            }
            if let lock, holdsMaps { found.append((pid, lock)) }
        }
        return found
    }
}

/// Names in a directory and what a link says.
enum Directory {
    static func names(_ path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    static func link(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe readlink(path, $0.baseAddress!, $0.count) }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}
