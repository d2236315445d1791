internal import Glibc

/// Who is at the other end of a Unix socket, as the kernel says.
///
/// The socket's mode keeps others out; this does too where the mode was loosened, or where the socket was mounted into
/// a container whose root is somebody else out here.
enum PeerCheck {
    /// Root, the agent's own user, and those in the group that the socket's file has now.
    static func isWelcome(_ descriptor: CInt, at path: String) -> Bool {
        // struct ucred: pid, uid, gid.
        var credentials: [UInt32] = [0, .max, .max]
        var size = socklen_t(credentials.count * MemoryLayout<UInt32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else { return false }
        var facts = stat()
        let group = unsafe stat(path, &facts) == 0 ? facts.st_gid : getegid()
        return isWelcome(user: credentials[1], groups: [credentials[2]] + groups(descriptor), owner: geteuid(), group: group)
    }

    static func isWelcome(user: uid_t, groups: [gid_t], owner: uid_t, group: gid_t) -> Bool {
        user == 0 || user == owner || groups.contains(group)
    }

    /// Beside its own; none from a kernel that cannot tell.
    private static func groups(_ descriptor: CInt) -> [gid_t] {
        var groups = [gid_t](repeating: 0, count: 256)
        var size = socklen_t(groups.count * MemoryLayout<gid_t>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, &groups, &size) == 0 else { return [] }
        return Array(groups.prefix(Int(size) / MemoryLayout<gid_t>.size))
    }
}
