import Foundation
import TestSupport

/// A program that a test runs.
final class Program {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var collected = Data()

    /// - Parameter tool: a path, or a name to look for on PATH.
    init(_ tool: String, _ arguments: [String], in directory: URL? = nil) throws {
        guard let path = Self.find(tool) else { throw ManifestProblem("no \(tool) here") }
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = directory ?? Manifest.repository
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var pid: pid_t { process.processIdentifier }

    func send(_ line: String) { input.fileHandleForWriting.write(Data((line + "\n").utf8)) }

    func endInput() { try? input.fileHandleForWriting.close() }

    /// Waits for its end: the exit code, -signal when one ended it, and all that it said.
    func result() -> (code: Int32, text: String) {
        endInput()
        collected += output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let code = process.terminationStatus
        return (
            process.terminationReason == .exit ? code : -code,
            String(decoding: collected, as: UTF8.self)
        )
    }

    static func run(_ tool: String, _ arguments: [String], in directory: URL? = nil) throws -> (
        code: Int32, text: String
    ) {
        try Program(tool, arguments, in: directory).result()
    }

    static func find(_ tool: String) -> String? {
        if tool.hasPrefix("/") { return tool }
        let places = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return places.split(separator: ":").map { "\($0)/\(tool)" }
            .first {
                var isDirectory: ObjCBool = false
                return unsafe FileManager.default.fileExists(atPath: $0, isDirectory: &isDirectory) && !isDirectory.boolValue
                    && FileManager.default.isExecutableFile(atPath: $0)
            }
    }
}

/// A directory of a test's own, gone with the value.
final class TemporaryPlace {
    let url: URL

    init(in parent: String = NSTemporaryDirectory()) throws {
        url = URL(fileURLWithPath: parent).appendingPathComponent("headroom-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}
