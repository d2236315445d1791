internal import Glibc

/// What `/proc/PID/status` says of a process's rights.
package struct ProcessStatus: Hashable, Sendable {
    /// Real, effective, saved, of the file system.
    package let users: [UInt32]
    package let groups: [UInt32]
    package let effective: CapabilitySet
    package let permitted: CapabilitySet
    package let bounding: CapabilitySet
    package let ambient: CapabilitySet
    package let gainsNothing: Bool
    package let callFilter: CallFilter
    package let threads: Int
    /// Bytes that are resident.
    package let residentBytes: UInt64

    package enum CallFilter: Int, Sendable {
        case none, strict, filter
    }

    /// Of this process's thread that calls.
    package static var own: ProcessStatus? { ProcessStatus(process: "thread-self") }

    /// - Parameter process: its number, or `self`. Nil when it is gone.
    package init?(process: String) {
        let file = unsafe open("/proc/\(process)/status", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe read(file, $0.baseAddress, $0.count)
        }
        self.init(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self))
    }

    /// - Returns: nil for a text that is none.
    package init?(_ text: String) {
        var fields: [Substring: [Substring]] = [:]
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[line.index(after: colon)...].split(
                whereSeparator: \.isWhitespace
            )
        }
        func numbers(_ name: Substring) -> [UInt32] {
            (fields[name] ?? []).compactMap { UInt32($0) }
        }
        func capabilities(_ name: Substring) -> CapabilitySet? {
            fields[name]?.first.flatMap { UInt64($0, radix: 16) }.map(CapabilitySet.init(rawValue:))
        }
        guard let effective = capabilities("CapEff"), let permitted = capabilities("CapPrm"),
            let bounding = capabilities("CapBnd")
        else { return nil }
        users = numbers("Uid")
        groups = numbers("Gid")
        guard users.count == 4, groups.count == 4 else { return nil }
        self.effective = effective
        self.permitted = permitted
        self.bounding = bounding
        ambient = capabilities("CapAmb") ?? []
        gainsNothing = numbers("NoNewPrivs").first == 1
        callFilter = numbers("Seccomp").first.flatMap { CallFilter(rawValue: Int($0)) } ?? .none
        threads = numbers("Threads").first.map(Int.init) ?? 1
        residentBytes = (numbers("VmRSS").first.map(UInt64.init) ?? 0) * 1024
    }
}
