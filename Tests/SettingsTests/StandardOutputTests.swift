import Foundation
import TestSupport
import Testing

/// What a command prints is there, or the command has failed.
@Suite struct StandardOutputTests {
    private func exitCode(_ arguments: [String], redirection: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec \"$0\" \"$@\" \(redirection)", BuiltProgram.url("headroom").path] + arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : -1
    }

    private func trace() throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("headroom-output-\(UUID()).csv").path
        let rows = (0..<300).map { "\($0 * 60),\(1 + $0 % 7)\n" }.joined()
        try Data(("timestamp_s,cpu\n" + rows).utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test(arguments: [">/dev/full", ">&-"])
    func outputThatIsLostIsAFailure(redirection: String) throws {
        let trace = try trace()
        defer { try? FileManager.default.removeItem(atPath: trace) }
        for arguments in [
            ["--help"], ["--version"], ["config", "show"], ["config", "show", "--json"], ["backtest", trace],
            ["backtest", trace, "--json"], ["simulate", trace, "--json"],
        ] {
            #expect(try exitCode(arguments, redirection: redirection) == 1, "\(arguments) \(redirection)")
            #expect(try exitCode(arguments, redirection: ">/dev/null") == 0, "\(arguments)")
        }
    }

    /// Without a standard output, no file that the command opens becomes it.
    @Test func aFileThatIsWrittenHasNothingOfWhatIsPrinted() throws {
        let trace = try trace()
        let folder = trace + ".d"
        defer {
            try? FileManager.default.removeItem(atPath: trace)
            try? FileManager.default.removeItem(atPath: folder)
        }
        #expect(try exitCode(["backtest", trace, "--predictions", folder], redirection: ">&-") == 1)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(files.count == 1)
        let text = try String(contentsOfFile: "\(folder)/\(try #require(files.first))", encoding: .utf8)
        #expect(text.split(separator: "\n").allSatisfy { $0.split(separator: ",").count == 6 })
    }
}
