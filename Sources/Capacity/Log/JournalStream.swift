internal import Glibc
package import Logging

/// What goes to systemd's journal, as the service manager tells it.
///
/// The journal has the time of each line, and takes its priority from a number before it, as sd-daemon(3) says:
/// `<4>` is a warning to `journalctl -p warning`.
package enum JournalStream {
    package static var isStandardOutput: Bool { isJournal(STDOUT_FILENO) }
    package static var isStandardError: Bool { isJournal(STDERR_FILENO) }

    /// JOURNAL_STREAM names the journal's device and inode: a child whose output goes elsewhere inherits it too.
    private static func isJournal(_ descriptor: CInt) -> Bool {
        guard let named = unsafe getenv("JOURNAL_STREAM").map({ unsafe String(cString: $0) }) else { return false }
        var facts = stat()
        return unsafe fstat(descriptor, &facts) == 0 && named == "\(facts.st_dev):\(facts.st_ino)"
    }

    /// With its priority, each line of `text`, as the journal has one entry a line.
    package static func lines(_ text: String, _ level: Logger.Level) -> String {
        text.split(separator: "\n").map { "<\(priority(level))>\($0)\n" }.joined()
    }

    /// As syslog(3) counts them.
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }
}
