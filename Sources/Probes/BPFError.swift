internal import Glibc

/// A kernel or libbpf operation that failed: the call, what it was applied to, its errno.
package struct BPFError: Error, Hashable, Sendable {
    /// The libbpf or system call, for example `bpf_object__load`.
    package let call: String
    /// The object, map, program or file it was applied to.
    package let subject: String
    /// A positive `errno` value.
    package let code: CInt
    /// The last lines libbpf and the verifier printed; empty when they said nothing.
    package let log: [String]

    init(call: String, subject: String, code: CInt, log: [String] = []) {
        self.call = call
        self.subject = subject
        self.code = code
        self.log = log
    }

    /// Throws unless `result` is zero or positive; libbpf returns `-errno` on failure.
    static func check(_ result: CInt, _ call: String, _ subject: String) throws(BPFError) {
        guard result < 0 else { return }
        throw BPFError(call: call, subject: subject, code: -result, log: LibBPFLog.tail())
    }

    /// The failure that a call reported through `errno`.
    static func last(_ call: String, _ subject: String) -> BPFError {
        let code = errno
        return BPFError(call: call, subject: subject, code: code, log: LibBPFLog.tail())
    }

    /// True when more rights would have helped.
    ///
    /// EACCES from a load is the verifier's refusal, not a missing right.
    package var isPermission: Bool { code == EPERM }

    /// The host was short of something for a moment: the same call may succeed later.
    package var isPassing: Bool { [EMFILE, ENFILE, ENOMEM, EAGAIN, EINTR].contains(code) }
}

extension BPFError: CustomStringConvertible {
    package var description: String {
        let reason = unsafe String(cString: strerror(code))
        let hint =
            switch code {
            case EPERM: Self.lack
            case ENOENT, ESRCH: " (this kernel has no such hook, type or object)"
            case ENOMEM, E2BIG: " (less memory: lower --max-cgroups)"
            default: ""
            }
        let detail = log.isEmpty ? "" : "\n  " + log.joined(separator: "\n  ")
        return "\(call) \(subject): \(reason)\(hint)\(detail)"
    }

    private static var lack: String {
        let lacking = ProcessPrivileges.lacking()
        return lacking.isEmpty
            ? " (the capabilities are there: a seccomp profile, a security module or lockdown refuses it)"
            : " (this process lacks \(lacking.joined(separator: ", ")))"
    }
}
