internal import Glibc
internal import Probes

/// A running peer with its programs loaded and attached; detached when the value goes.
final class PeerProcess {
    /// Why a peer does not run here, in its own words where it has any.
    struct NotRunnable: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }

    private let process: ChildProcess
    /// The kernel ids of its programs.
    let programs: [UInt32]

    /// Starts it, and returns when all it has loaded has stayed the same for a while.
    init(_ peer: Peer) throws {
        guard let tool = ChildProcess.find(peer.arguments[0]) else {
            throw NotRunnable(reason: "not installed here; it is in the package \(peer.package)")
        }
        // Tracepoints by name need tracefs, which a minimal host has not mounted: a mount that
        // only the peer sees leaves the host as it is.
        let mounting =
            "[ -d /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing; "
            + "exec \"$@\""
        process = try ChildProcess(
            ["unshare", "--mount", "sh", "-c", mounting, "sh", tool] + peer.arguments.dropFirst()
        )
        let end = Clock.monotonic() + 15_000_000_000
        var found: [UInt32] = []
        var quietChecks = 0
        while quietChecks < 6 {
            if process.poll() != nil {
                throw NotRunnable(reason: "not runnable here: \(Self.complaint(of: process))")
            }
            guard Clock.monotonic() < end else {
                throw NotRunnable(reason: "not runnable here: no program attached after 15 s")
            }
            Clock.sleep(seconds: 0.03)
            let now = Self.programs(of: process.pid)
            quietChecks = now == found && !now.isEmpty ? quietChecks + 1 : 0
            found = now
        }
        programs = found
    }

    /// The programs that a process has open. Unlike the difference of all program ids before and
    /// after, this leaves out what others on the machine load meanwhile.
    private static func programs(of pid: pid_t) -> [UInt32] {
        let directory = "/proc/\(pid)/fdinfo"
        guard let entries = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(entries) }
        var found: Set<UInt32> = []
        while let entry = unsafe readdir(entries) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.first != ".", let text = try? TextFile.read("\(directory)/\(name)") else {
                continue
            }
            for line in text.split(separator: "\n") where line.hasPrefix("prog_id:") {
                if let id = UInt32(line.drop { !$0.isNumber }) { found.insert(id) }
            }
        }
        return found.sorted()
    }

    private static func complaint(of process: ChildProcess) -> String {
        let lines = (process.errorText + "\n" + process.outputText).split(separator: "\n")
            .map(String.init)
            // bpftrace says this of hosts where all is well.
            .filter { !$0.contains("RLIMIT_MEMLOCK") && !$0.hasPrefix("Attaching") }
        return lines.isEmpty ? "it ended without a word" : lines.prefix(4).joined(separator: "; ")
    }
}
