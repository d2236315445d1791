internal import Glibc
package import Logging

/// Log lines for systemd's journal: a priority, and neither the time nor who speaks, which the journal has.
package struct JournalLogHandler: LogHandler {
    package var logLevel = Logger.Level.info
    package var metadata: Logger.Metadata = [:]
    private let descriptor: CInt

    /// - Parameter descriptor: is written to; it stays the caller's.
    package init(descriptor: CInt = STDERR_FILENO) { self.descriptor = descriptor }

    /// What a process's log lines on standard error go through.
    package static func standardError(label: String) -> any LogHandler {
        JournalStream.isStandardError ? JournalLogHandler() : StreamLogHandler.standardError(label: label)
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let facts = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let text = facts.reduce("\(event.message)") { $0 + " \($1.key)=\($1.value)" }
        var lines = JournalStream.lines(text, event.level)
        // A line at once: others write there too.
        lines.withUTF8 { _ = unsafe write(descriptor, $0.baseAddress, $0.count) }
    }
}
