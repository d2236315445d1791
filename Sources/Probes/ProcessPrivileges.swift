internal import CLibBPF
internal import Glibc

/// What a process that root starts for somebody else gives up before it becomes that program.
package enum ProcessPrivileges {
    /// What the probes take, by number: of these, those that this process lacks.
    ///
    /// CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON.
    static func lacking() -> [String] {
        let text = (try? TextFile.read("/proc/self/status")) ?? ""
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("CapEff:") }),
            let held = UInt64(line.dropFirst(7).filter { !$0.isWhitespace }, radix: 16)
        else { return [] }
        func has(_ number: UInt64) -> Bool { held >> number & 1 == 1 }
        let hasAll = has(21)
        return [(39, "CAP_BPF"), (38, "CAP_PERFMON"), (12, "CAP_NET_ADMIN")].compactMap { number, name in
            has(number) || hasAll && number != 12 ? nil : name
        }
    }

    /// Closes all descriptors from `first` on.
    package static func closeFrom(_ first: CInt) { _ = headroomCloseFrom(UInt32(first)) }

    /// Becomes user `uid` of group `gid` and no other, for good, without what else is open than
    /// standard input, output and error, and ends when its parent does.
    /// - Returns: nil, or the call that failed, with errno's meaning.
    package static func become(uid: UInt32, gid: UInt32) -> String? {
        func failure(_ call: String) -> String { unsafe "\(call): \(String(cString: strerror(errno)))" }
        guard headroomCloseFrom(3) == 0 else { return failure("close_range") }
        guard setgroups(0, nil) == 0 else { return failure("setgroups") }
        guard setgid(gid) == 0 else { return failure("setgid \(gid)") }
        guard setuid(uid) == 0 else { return failure("setuid \(uid)") }
        guard headroomGainNoPrivileges() == 0 else { return failure("prctl PR_SET_NO_NEW_PRIVS") }
        // After the change of user, which would undo it.
        guard headroomEndWithParent() == 0 else { return failure("prctl PR_SET_PDEATHSIG") }
        return nil
    }
}
