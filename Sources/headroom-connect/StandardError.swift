internal import Capacity
internal import Glibc
internal import Logging

/// Lines for people on standard error; standard output is the agent's.
enum StandardError {
    static func write(_ line: String) {
        var text = line + "\n"
        text.withUTF8 { _ = unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// A complaint, in the program's name.
    static func complain(_ message: String) {
        guard JournalStream.isStandardError else { return write("headroom-connect: \(message)") }
        write(String(JournalStream.lines(message, .error).dropLast()))
    }
}

extension Logger {
    /// - Parameter part: which subcommand speaks.
    static func connect(_ part: String, level: Logger.Level = .info) -> Logger {
        var logger = Logger(label: "headroom-connect \(part)") { JournalLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }
}
