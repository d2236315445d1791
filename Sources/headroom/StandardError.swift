internal import Capacity
internal import Glibc
internal import Logging

/// Lines for people on standard error; in systemd's journal with their priority.
enum StandardError {
    static func write(_ line: String) { put(line + "\n") }

    /// A complaint, in the command's name.
    static func complain(_ message: String) { say(message, .error) }
    static func warn(_ message: String) { say(message, .warning) }

    /// What somebody who reads should know, in the command's name. Whatever the log level.
    static func say(_ message: String, _ level: Logger.Level) {
        put(JournalStream.isStandardError ? JournalStream.lines(message, level) : "headroom: \(message)\n")
    }

    private static func put(_ text: String) {
        var text = text
        text.withUTF8 { _ = unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// - Parameter level: of all loggers of this process from now on.
    static func logger(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "headroom") { SharedLevelLogHandler(JournalLogHandler.standardError(label: $0)) }
        logger.logLevel = level
        return logger
    }
}
