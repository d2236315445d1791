/// Paths of cgroups as the kernel compares them: by bytes.
///
/// Strings are compared by what is seen: a name that begins with a combining mark makes one character of its `/`, and two
/// ways to write `é` are equal. Whoever may make a cgroup chooses its name.
package enum CgroupPath {
    /// Whether `path` is `other` or lies in it. O(length).
    package static func lies(_ path: String, in other: String) -> Bool {
        let inner = path.utf8
        let outer = other.utf8
        guard inner.starts(with: outer) else { return false }
        guard inner.count > outer.count else { return true }
        return inner[inner.index(inner.startIndex, offsetBy: outer.count)] == slash
    }

    /// The cgroup that `path` is in; nil of the root, and of what is no path. O(length).
    package static func parent(of path: String) -> Substring? {
        guard path != "/", let end = path.utf8.lastIndex(of: slash) else { return nil }
        return end == path.startIndex ? path[...end] : path[..<end]
    }

    /// Whether `path` is in `parent`, and in no other cgroup in it. O(length).
    package static func isChild(_ path: String, of parent: String) -> Bool {
        Self.parent(of: path).map { $0.utf8.elementsEqual(parent.utf8) } ?? false
    }

    /// The last name of `path`: all of it where it has no `/`.
    package static func name(of path: String) -> Substring {
        guard path != "/", let end = path.utf8.lastIndex(of: slash) else { return path[...] }
        return path[path.utf8.index(after: end)...]
    }

    private static let slash = UInt8(ascii: "/")
}
