import Foundation
import Glibc
import Testing

/// An agent with many lives in one cgroup of its own: who starts it again is the test, as systemd would.
final class HostileAgent {
    /// A life that is over, or the one that is: what it told.
    struct Life {
        let number: Int
        let started: Moment
        var account = LifeWitness.Account()
    }

    let scratch: Scratch
    let cgroup: TestCgroup
    private let load: HostileLoad
    private let settings: String
    private var witness: LifeWitness?
    private(set) var process: ChildProcess?
    private(set) var number = 0
    /// Lives that are over.
    private(set) var past: [Life] = []
    private(set) var started = Moment.now

    init(_ scratch: Scratch, in root: TestCgroup, load: HostileLoad, settings: String) throws {
        self.scratch = scratch
        self.load = load
        self.settings = settings
        cgroup = try TestCgroup("agent", in: root.path)
    }

    var pid: pid_t { process?.pid ?? -1 }
    var isAlive: Bool { process.map { !$0.hasEnded } ?? false }
    var now: LifeWitness.Account { witness?.now ?? LifeWitness.Account() }
    var errors: String { (try? scratch.text("errors-\(number)")) ?? "" }
    var socket: String { scratch.runtime + "/headroom.sock" }

    /// All that its lives told.
    var told: Amounts { past.reduce(now.told) { $0 + $1.account.told } }

    func start(binary: String = Host.command) throws {
        number += 1
        let lines = scratch.path("lines-\(number)")
        witness = try LifeWitness(path: lines, cgroups: load.paths)
        started = .now
        process = try ChildProcess(
            [
                "/bin/sh", "-c", "echo $$ >'\(cgroup.directory)/cgroup.procs'; exec \"$@\"", "agent", binary, "run", "--json", "--config",
                settings,
            ], environment: scratch.environment, output: lines, error: scratch.path("errors-\(number)"), directory: scratch.directory)
    }

    /// Ends it by a signal, or takes note that it has ended: what it told is then known.
    /// - Returns: the exit code, or -signal.
    @discardableResult
    func end(_ signal: Int32?) -> Int32 {
        guard let process, let witness else { return 0 }
        if let signal { process.signal(signal) }
        let code = process.exitCode
        // Its helper and a provider's program go with it.
        for _ in 0..<100 * Host.scale where !cgroup.processes.isEmpty { usleep(50_000) }
        if !cgroup.processes.isEmpty {
            Issue.record("life \(number): these outlived it: \(cgroup.processes.map(Self.command))")
            for pid in cgroup.processes { kill(pid, SIGKILL) }
        }
        let account = witness.finish()
        past.append(Life(number: number, started: started, account: account))
        self.witness = nil
        self.process = nil
        return code
    }

    static func command(_ pid: pid_t) -> String {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
        return "\(pid) " + text.replacing("\0", with: " ")
    }

    var descriptors: Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? -1 }

    var residentBytes: Int {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        return status.firstMatch(of: /VmRSS:\s+(\d+) kB/).flatMap { Int($0.1) }.map { $0 << 10 } ?? 0
    }

    /// What its socket answers; nil when it does not within five seconds, an emulated one on a busy host two minutes.
    func answer(_ path: String) -> String? {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var wait = timeval(tv_sec: Host.scale > 1 ? 120 : 5, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(descriptor, SOL_SOCKET, option, &wait, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: socket.utf8) }
        let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        let request = "GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        guard isConnected, unsafe send(descriptor, request, request.utf8.count, CInt(MSG_NOSIGNAL)) == request.utf8.count else {
            return nil
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            if count < 0 { return nil }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    var isHealthy: Bool { answer("/healthz")?.hasPrefix("HTTP/1.1 200") ?? false }
}
