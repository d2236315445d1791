internal import Glibc
internal import Probes

/// A running `headroom run`, in a runtime directory of its own; ended when the value goes.
final class AgentProcess {
    private let process: ChildProcess
    private var pid: pid_t { process.pid }

    /// - Parameter command: path of the headroom command.
    init(command: String, arguments: [String]) throws {
        process = try ChildProcess(
            [command] + arguments,
            environment: [
                "HEADROOM_RUNTIME_DIRECTORY=/run/headroom-bench-\(getpid())",
                "HEADROOM_STATE_DIRECTORY=none",
            ],
            keepsOutput: false,
            ending: SIGTERM
        )
    }

    /// CPU time of all its threads in nanoseconds.
    func cpuNanoseconds() throws -> Double {
        var clock = clockid_t()
        var time = timespec()
        guard unsafe clock_getcpuclockid(pid, &clock) == 0,
            unsafe clock_gettime(clock, &time) == 0
        else { throw BenchError("process \(pid) has no CPU clock: has it ended?") }
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    /// Resident memory in bytes: in all, and the private part (RssAnon) of it.
    func residentBytes() throws -> (all: Double, anonymous: Double) {
        let text = try TextFile.read("/proc/\(pid)/status")
        func value(_ key: String) -> Double {
            let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
            return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first)
                .flatMap { Double($0) }.map { $0 * 1024 } ?? 0
        }
        return (value("VmRSS:"), value("RssAnon:"))
    }
}
