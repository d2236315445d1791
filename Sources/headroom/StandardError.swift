internal import Glibc
internal import Logging

/// Lines for people on standard error.
enum StandardError {
    static func write(_ line: String) {
        var text = line + "\n"
        text.withUTF8 { _ = unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// A complaint or warning, in the command's name.
    static func complain(_ message: String) { write("headroom: \(message)") }

    static func logger(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "headroom") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }
}
