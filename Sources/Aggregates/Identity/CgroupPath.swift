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
        return inner[inner.index(inner.startIndex, offsetBy: outer.count)] == UInt8(ascii: "/")
    }
}
