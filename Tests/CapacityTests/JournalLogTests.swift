import Capacity
import Foundation
import Glibc
import Logging
import Testing

/// Log lines as systemd's journal takes them.
@Suite struct JournalLogTests {
    @Test func eachLineHasItsPriorityAndNoTime() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("headroom-log-\(UUID().uuidString)").path
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer {
            close(descriptor)
            unsafe unlink(path)
        }
        var logger = Logger(label: "test") { _ in JournalLogHandler(descriptor: descriptor) }
        logger.logLevel = .debug
        logger[metadataKey: "pool"] = "web"
        for level in Logger.Level.allCases { logger.log(level: level, "\(level.rawValue)", metadata: ["b": "2"]) }
        logger[metadataKey: "pool"] = nil
        logger.error("of two\nlines")
        #expect(
            try String(contentsOfFile: path, encoding: .utf8) == """
                <7>debug b=2 pool=web
                <6>info b=2 pool=web
                <5>notice b=2 pool=web
                <4>warning b=2 pool=web
                <3>error b=2 pool=web
                <2>critical b=2 pool=web
                <3>of two
                <3>lines

                """)
    }
}
