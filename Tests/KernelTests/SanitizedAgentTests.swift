import Foundation
import Testing

/// What an agent that a test starts reports under a sanitizer is kept where scripts/sanitize looks for it.
@Suite struct SanitizedAgentTests {
    private static func reports(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).map { "\(folder)/\($0)" }
            .filter {
                try String(contentsOfFile: $0, encoding: .utf8).contains("sanitizer-fault+0x")
            }
    }

    @Test(.enabled(if: SanitizedAgent.kind != nil, "no sanitizer"))
    func aReportIsKeptWhenTheTestsDirectoryGoes() throws {
        let folder = try #require(SanitizedAgent.reports)
        let kind = try #require(SanitizedAgent.kind)
        do {
            let scratch = try Scratch()
            let agent = try scratch.start(
                [kind, "confined"],
                binary: Host.buildDirectory + "/sanitizer-fault"
            )
            #expect(agent.exitCode == 66, "\(scratch.errors)")
            #expect(try Self.reports(in: folder) == [])
        }
        let kept = try Self.reports(in: folder)
        #expect(kept.count == 1)
        // It was made on purpose.
        for file in kept { try FileManager.default.removeItem(atPath: file) }
    }
}
