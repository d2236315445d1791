internal import Glibc

/// A child process that is talked to in lines, over its standard input and output. Nothing here
/// waits, but `end`. Its standard error is ours.
final class ChildProgram {
    /// To be read from.
    let output: CInt
    private let host: any ProgramHost
    private var input: CInt
    private var outgoing: [UInt8] = []
    private var splitter = LineSplitter(limit: ChildProgram.lineLimit)

    static let lineLimit = 65_536
    /// What it may leave unread.
    private static let outgoingLimit = 1 << 20
    /// Milliseconds from the end of its input to SIGTERM, and from there to SIGKILL.
    private static let patience = (input: 2_000, term: 1_000)

    init(_ host: any ProgramHost) throws(AgentError) {
        let toChild = try Self.pipe()
        let fromChild: (read: CInt, write: CInt)
        do throws(AgentError) {
            fromChild = try Self.pipe()
        } catch {
            close(toChild.read)
            close(toChild.write)
            throw error
        }
        defer {
            close(toChild.read)
            close(fromChild.write)
        }
        do throws(AgentError) {
            try host.start(input: toChild.read, output: fromChild.write)
        } catch {
            close(toChild.write)
            close(fromChild.read)
            throw error
        }
        self.host = host
        input = toChild.write
        output = fromChild.read
        for end in [input, output] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    }

    deinit {
        close(output)
        if input >= 0 { close(input) }
    }

    private static func pipe() throws(AgentError) -> (read: CInt, write: CInt) {
        var ends: [CInt] = [0, 0]
        guard unsafe Glibc.pipe(&ends) == 0 else { throw .system("pipe", "for the provider") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// Queues a line and writes what goes.
    /// - Returns: false when it does not read: nothing was queued.
    func send(_ line: [UInt8]) -> Bool {
        guard outgoing.count + line.count <= Self.outgoingLimit else { return false }
        outgoing += line
        flush()
        return true
    }

    /// Writes what waits, as far as it goes.
    func flush() {
        while !outgoing.isEmpty {
            let count = unsafe outgoing.withUnsafeBytes { unsafe write(input, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // A reader that is gone shows in its output's end.
            guard count > 0 else { return }
            outgoing.removeFirst(count)
        }
    }

    /// What came with one read.
    struct Reading {
        /// Without their ends; none that is empty or too long.
        var lines: [[UInt8]] = []
        /// About 64 KiB at most; 0 when nothing was there.
        var byteCount = 0
    }

    /// - Returns: nil at the end of its output.
    func receive() -> Reading? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe read(output, $0.baseAddress, $0.count)
        }
        if count == 0 { return nil }
        return count < 0 ? Reading() : Reading(lines: splitter.take(bytes[..<count]), byteCount: count)
    }

    /// Lines that were longer than may be, and so dropped.
    var tooLong: Int { splitter.tooLong }

    /// Ends it: at once, or as it sees the end of its input, and after a while anyhow. Waits.
    /// - Returns: how it ended, for the log.
    func end(patiently: Bool) -> String {
        if input >= 0 { close(input) }
        input = -1
        if patiently {
            if let status = status(within: Self.patience.input) { return status }
            host.signal(SIGTERM)
            if let status = status(within: Self.patience.term) { return status }
        } else if let status = status(within: 100) {
            return status
        }
        host.signal(SIGKILL)
        return status(within: 1_000) ?? "killed"
    }

    private func status(within milliseconds: Int) -> String? {
        for waited in 0...milliseconds {
            if let status = host.status() {
                // What it has started itself.
                host.signal(SIGTERM)
                let signal = status & 0x7F
                return signal == 0 ? "exit code \((status >> 8) & 0xFF)" : "signal \(signal)"
            }
            if waited < milliseconds { usleep(1_000) }
        }
        return nil
    }
}
