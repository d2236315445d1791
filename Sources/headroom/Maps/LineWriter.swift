internal import Agent
internal import Glibc

/// Lines to standard output in writes of 64 KiB, so that a large map is never held whole.
struct LineWriter {
    private var bytes: [UInt8] = []
    private static let most = 1 << 16

    mutating func write(_ line: String) throws(AgentError) {
        bytes.append(contentsOf: line.utf8)
        bytes.append(UInt8(ascii: "\n"))
        if bytes.count >= Self.most { try flush() }
    }

    /// Takes the JSON lines gathered so far.
    mutating func write(_ line: inout JSONLine) throws(AgentError) {
        bytes.append(contentsOf: line.bytes)
        line.removeAll()
        if bytes.count >= Self.most { try flush() }
    }

    mutating func flush() throws(AgentError) {
        guard !bytes.isEmpty else { return }
        try FileOutput.write(bytes, to: STDOUT_FILENO, "standard output")
        bytes.removeAll(keepingCapacity: true)
    }
}

/// One line on a terminal's standard error that says how far a long walk is, from its second second
/// on; nothing where standard error is no terminal, or where the output goes to that terminal too.
struct WalkProgress {
    private let what: String
    private let total: Int
    private let isShown = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0
    private var done = 0
    private var due = MonotonicSeconds.now() + 1
    private var wasShown = false

    init(_ what: String, of total: Int) {
        self.what = what
        self.total = total
    }

    mutating func step() {
        done += 1
        // A look at the clock costs more than an entry.
        guard isShown, done % 1024 == 0, MonotonicSeconds.now() >= due else { return }
        due = MonotonicSeconds.now() + 0.2
        wasShown = true
        Self.put("\r\(what): \(done) of at most \(total) entries\u{1b}[K")
    }

    func end() {
        if wasShown { Self.put("\r\u{1b}[K") }
    }

    private static func put(_ text: String) {
        var text = text
        text.withUTF8 { _ = unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

enum MonotonicSeconds {
    static func now() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
