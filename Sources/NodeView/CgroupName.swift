package import Aggregates

/// How a cgroup is called and found. Made once a cgroup; what its path says is looked for when it
/// is asked for first. One thread.
package final class CgroupName: @unchecked Sendable {
    package let path: String
    /// Whose work it does, where that is known.
    package let workload: Workload?

    package private(set) lazy var identity = CgroupIdentity(path: path)

    /// A container's or pod's name; any other cgroup's path.
    package private(set) lazy var display: String = {
        if let workload {
            let inner = identity?.inner ?? ""
            return "\(workload.namespace)/\(workload.pod)" + (workload.container.map { "/" + $0 } ?? "")
                + (inner.isEmpty ? "" : "/" + inner)
        }
        guard let identity, identity.kind.isWorkload else { return path }
        return identity.displayName
    }()

    /// The end of the path.
    package var component: String { String(CgroupPath.name(of: path)) }

    /// Lower case; what a filter looks in.
    private lazy var searched: [UInt8] = {
        var text = path + "\n" + display
        if let workload { text += "\n" + workload.application }
        if let identity {
            for part in [identity.containerID, identity.podUID, identity.unit] {
                if let part { text += "\n" + part }
            }
        }
        return Array(text.lowercased().utf8)
    }()

    package init(path: String, workload: Workload? = nil) {
        self.path = path
        self.workload = workload
    }

    /// Whether its path, or a name of it, has `needle` in it.
    /// - Parameter needle: lower case.
    /// - Complexity: O(length of the names).
    package func contains(_ needle: [UInt8]) -> Bool {
        guard let first = needle.first else { return true }
        let text = searched.span
        guard text.count >= needle.count else { return false }
        for start in 0...(text.count - needle.count) where text[start] == first {
            var length = 1
            while length < needle.count, text[start + length] == needle[length] { length += 1 }
            if length == needle.count { return true }
        }
        return false
    }
}
