internal import Glibc
internal import Probes

/// A user of this host as /etc/passwd has it. Not through libc, which would load name services
/// that a static program has none of.
struct SystemUser: Hashable {
    let uid: UInt32
    let gid: UInt32

    /// - Parameter wish: a name, or a number, which needs no entry.
    /// - Returns: nil when there is none such.
    init?(_ wish: String, passwd: String) {
        let number = UInt32(wish)
        for line in passwd.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 4, let uid = UInt32(fields[2]), let gid = UInt32(fields[3]),
                fields[0] == wish || uid == number
            else { continue }
            self.uid = uid
            self.gid = gid
            return
        }
        // The largest number says "no change" to the kernel.
        guard let number, number != .max else { return nil }
        uid = number
        gid = number
    }

    /// - Parameter key: of the configuration, that has it.
    static func find(_ wish: String, for key: String) throws(AgentError) -> SystemUser {
        let passwd = (try? TextFile.read("/etc/passwd")) ?? ""
        guard let user = SystemUser(wish, passwd: passwd) else {
            throw AgentError(
                .hostLacks,
                "\(key): /etc/passwd has no user \"\(wish)\"; expected a name in it, or a number")
        }
        return user
    }
}
