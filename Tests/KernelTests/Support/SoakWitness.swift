import Foundation
import Glibc

/// Reads a running agent's lines as they come and keeps what a soak is judged by; memory does not grow with time.
final class SoakWitness: @unchecked Sendable {
    struct Account {
        var windows = 0
        var cpuNanoseconds = 0.0
        var sentBytes = 0.0
        var writtenBytes = 0.0
        /// Of the windows, that follow one another.
        var seconds = 0.0
        var firstSeconds = Double.infinity
        var lastSeconds = 0.0
        /// One and a half times as long as intended, or longer.
        var longWindows = 0
        var losses: [String: Int] = [:]
        var residentBytes: [Double] = []
        var born = 0
    }

    private let lock = NSLock()
    private var account = Account()
    private let path: String
    private let cgroup: String
    private let interval: Double
    private var thread: Thread?

    /// - Parameters:
    ///   - path: a pipe that the agent writes to, made by this.
    ///   - cgroup: whose windows are added up.
    init(path: String, cgroup: String, interval: Double) throws {
        self.path = path
        self.cgroup = cgroup
        self.interval = interval
        guard unsafe mkfifo(path, 0o600) == 0 else { throw TestFailure("mkfifo \(path): errno \(errno)") }
        thread = Thread { [weak self] in self?.read() }
        thread?.start()
    }

    var now: Account { lock.withLock { account } }

    private func read() {
        guard let file = unsafe fopen(path, "r") else { return }
        defer { unsafe fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { unsafe free(line) }
        while unsafe getline(&line, &capacity, file) > 0, let bytes = unsafe line {
            take(unsafe String(cString: bytes))
        }
    }

    private func take(_ line: String) {
        let isOurs = line.hasPrefix("{\"type\":\"window\"") && line.contains("\"cgroup\":\"\(cgroup)\",")
        let isBirth = line.contains("\"event\":\"cgroup_created\"")
        guard isOurs || isBirth || line.hasPrefix("{\"type\":\"self\"") || line.hasPrefix("{\"type\":\"loss\""),
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        else { return }
        let number = { (key: String) in object[key] as? Double ?? 0 }
        lock.withLock {
            if isBirth {
                account.born += 1
            } else if isOurs {
                account.windows += 1
                account.cpuNanoseconds += number("cpu_usage_ns")
                account.sentBytes += number("net_tx_bytes")
                account.writtenBytes += number("disk_write_bytes")
                account.seconds += number("duration_s")
                account.firstSeconds = min(account.firstSeconds, number("time_s") - number("duration_s"))
                account.lastSeconds = number("time_s")
                if number("duration_s") > 1.5 * interval { account.longWindows += 1 }
            } else if let cause = object["cause"] as? String {
                account.losses[cause] = object["total"] as? Int
            } else {
                account.residentBytes.append(number("memory_bytes"))
            }
        }
    }
}
