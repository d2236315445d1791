import Agent
import Foundation
import Glibc

/// Reads the lines of one life of an agent as they come, from its birth to its end, and keeps what it is judged by.
final class LifeWitness: @unchecked Sendable {
    /// A followed cgroup's windows, which are one after the other.
    struct Span {
        var windows = 0
        var seconds = 0.0
        /// Unix times: where its first window begins and its last ends.
        var first: Double?
        var last: Double?
        /// Of the first, which is no whole interval.
        var firstSeconds = 0.0
    }

    struct Account {
        var told = Amounts()
        /// Of the root first, then of those that are followed.
        var spans = [Span](repeating: Span(), count: 5)
        /// Whole ticks, and the Unix time of the last one's end.
        var ticks = 0
        var closed = 0.0
        var losses: [String: Int] = [:]
        var cgroups = 0
        var residentBytes = 0.0
        var requests = 0
        /// Lines that are no object of the agent's.
        var badLines: [String] = []
        /// Windows that say that they do not know what was sent.
        var unknownNetwork = 0
        /// Of all cgroups, `(other)` too.
        var rootSent = 0
        /// Of those without a place, and of what is nobody's.
        var otherSent = 0
        /// Of the first that is followed, with all in it.
        var firstSent = 0
        /// Seconds of the longest window but the first, nanoseconds of the longest walk.
        var longest = 0.0
        var longestWalk = 0.0

        /// Ticks that were due since the first window and neither told nor skipped; negative where more were. Of those that were
        /// due before it, since `birth` (Unix seconds), a slow start may have skipped some: they are not more.
        func missingTicks(interval: Double, since birth: Double) -> Double {
            let root = spans[0]
            guard root.windows > 1, let first = root.first else { return 0 }
            let skipped = losses["tick_skipped"] ?? 0
            let missing = (root.seconds - root.firstSeconds) / interval - Double(root.windows - 1 + skipped)
            let early = skipped > 0 ? max(0, first + root.firstSeconds - birth) / interval : 0
            return missing < 0 ? min(0, missing + early) : missing
        }
    }

    private let lock = NSLock()
    private var account = Account()
    private let path: String
    private let keys: [String]
    /// Nil once it was joined.
    private var thread: WorkerThread?

    /// - Parameters:
    ///   - path: a pipe that the agent writes to, made by this.
    ///   - cgroups: `HostileLoad.paths`.
    init(path: String, cgroups: [String]) throws {
        self.path = path
        keys = (["/"] + cgroups).map { "\"cgroup\":\"\($0)\"," }
        guard unsafe mkfifo(path, 0o600) == 0 else { throw TestFailure("mkfifo \(path): errno \(errno)") }
        thread = try WorkerThread(name: "witness", read)
    }

    var now: Account { lock.withLock { account } }

    /// Waits for the last line: the agent and all that have its output must be gone.
    func finish() -> Account {
        if let thread = thread.take() {
            // Was it never opened for writing, the reader still waits for that.
            let descriptor = unsafe open(path, O_WRONLY | O_NONBLOCK)
            if descriptor >= 0 { close(descriptor) }
            thread.join()
            unsafe unlink(path)
        }
        return now
    }

    private func read() {
        guard let file = unsafe fopen(path, "r") else { return }
        defer { unsafe fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { unsafe free(line) }
        while true {
            let count = unsafe getline(&line, &capacity, file)
            guard count > 0, let bytes = unsafe line else { return }
            // A killed agent's last line may be cut.
            guard unsafe bytes[count - 1] == 0x0a else { return }
            unsafe take(bytes, count)
        }
    }

    /// Most lines are of no interest, and an emulated CPU is slow: looked at as bytes first.
    private func take(_ bytes: UnsafeMutablePointer<CChar>, _ count: Int) {
        let isWindow = unsafe strncmp(bytes, "{\"type\":\"window\"", 16) == 0
        if isWindow {
            let index = keys.firstIndex { unsafe strstr(bytes, $0) != nil }
            let isOther = unsafe index == nil && strstr(bytes, "\"cgroup\":\"/(other)\",") != nil
            guard index != nil || isOther else { return unsafe check(bytes, count) }
            guard let object = unsafe Self.object(bytes) else { return unsafe bad(bytes) }
            guard let index else { return lock.withLock { account.otherSent += object["net_tx_bytes"] as? Int ?? 0 } }
            return lock.withLock { window(object, index) }
        }
        let kinds = ["{\"type\":\"self\"", "{\"type\":\"loss\"", "{\"type\":\"request\""]
        guard let kind = kinds.firstIndex(where: { unsafe strncmp(bytes, $0, $0.utf8.count) == 0 }) else {
            return unsafe check(bytes, count)
        }
        guard let object = unsafe Self.object(bytes) else { return unsafe bad(bytes) }
        lock.withLock {
            switch kind {
            case 0:
                account.ticks += 1
                account.closed = account.spans[0].last ?? 0
                account.cgroups = object["cgroups"] as? Int ?? 0
                account.residentBytes = object["memory_bytes"] as? Double ?? 0
                account.longestWalk = max(account.longestWalk, object["walk_ns"] as? Double ?? 0)
            case 1: if let cause = object["cause"] as? String { account.losses[cause] = object["total"] as? Int }
            default: account.requests += 1
            }
        }
    }

    private func window(_ object: [String: Any], _ index: Int) {
        let number = { (key: String) in object[key] as? Int ?? 0 }
        guard let end = object["time_s"] as? Double, let seconds = object["duration_s"] as? Double else { return }
        if account.spans[index].windows == 0 {
            account.spans[index].first = end - seconds
            account.spans[index].firstSeconds = seconds
        }
        if index == 0 {
            account.rootSent += number("net_tx_bytes")
            if account.spans[0].windows > 0 { account.longest = max(account.longest, seconds) }
        }
        account.spans[index].windows += 1
        account.spans[index].seconds += seconds
        account.spans[index].last = end
        switch index {
        case 1:
            account.told[.cpuOfAll] += number("cpu_usage_ns")
            account.firstSent += number("net_tx_bytes")
        case 2: account.told[.cpuOfBusy] += number("cpu_usage_ns")
        case 3:
            account.told[.cpuOfNetwork] += number("cpu_usage_ns")
            account.told[.sent] += number("net_tx_bytes")
            if object["net_tx_bytes"] is NSNull { account.unknownNetwork += 1 }
        case 4:
            account.told[.cpuOfDisk] += number("cpu_usage_ns")
            account.told[.written] += number("disk_write_bytes")
        default: break
        }
    }

    private static func object(_ bytes: UnsafeMutablePointer<CChar>) -> [String: Any]? {
        try? JSONSerialization.jsonObject(with: Data(unsafe String(cString: bytes).utf8)) as? [String: Any]
    }

    /// A name of a cgroup must not get out of its line: it begins and ends as an object, and has no control characters.
    private func check(_ bytes: UnsafeMutablePointer<CChar>, _ count: Int) {
        let isObject = unsafe strncmp(bytes, "{\"type\":\"", 9) == 0 && bytes[count - 2] == 0x7d && strlen(bytes) == count
        if !isObject { unsafe bad(bytes) }
    }

    private func bad(_ bytes: UnsafeMutablePointer<CChar>) {
        let text = unsafe String(cString: bytes)
        lock.withLock { if account.badLines.count < 10 { account.badLines.append(String(text.prefix(300))) } }
    }
}
