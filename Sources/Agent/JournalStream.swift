internal import Glibc

/// Where standard output goes, as the service manager tells it.
package enum JournalStream {
    /// Whether standard output is systemd's journal: JOURNAL_STREAM names its device and inode.
    package static var isStandardOutput: Bool {
        guard let named = EnvironmentVariable.value(of: "JOURNAL_STREAM") else { return false }
        var facts = stat()
        return unsafe fstat(STDOUT_FILENO, &facts) == 0 && named == "\(facts.st_dev):\(facts.st_ino)"
    }
}
