/// A set of capabilities (capabilities(7)), by their numbers.
package struct CapabilitySet: OptionSet, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let dacOverride = CapabilitySet(number: 1)
    package static let kill = CapabilitySet(number: 5)
    package static let setGID = CapabilitySet(number: 6)
    package static let setUID = CapabilitySet(number: 7)
    package static let netAdmin = CapabilitySet(number: 12)
    package static let sysAdmin = CapabilitySet(number: 21)
    package static let bpf = CapabilitySet(number: 39)

    private init(number: Int) { self.init(rawValue: 1 << UInt64(number)) }

    /// As the kernel numbers them, of 6.12.
    private static let names = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID",
        "SETPCAP", "LINUX_IMMUTABLE",
        "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO",
        "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME",
        "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
        "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ]

    /// `CAP_BPF` and so on, in the order of their numbers.
    package var members: [String] {
        (0..<64).filter { rawValue >> UInt64($0) & 1 == 1 }.map {
            Self.names.indices.contains($0) ? "CAP_\(Self.names[$0])" : "capability \($0)"
        }
    }

    /// For people: `none`, or the names.
    package var description: String { isEmpty ? "none" : members.joined(separator: ", ") }
}
