import Foundation
import TestSupport
import Testing

/// Runs of scripts/sanitize see errors, in the tests' own process and in those that tests start: else they would be
/// green for nothing.
@Suite(.serialized) struct SanitizerTests {
    /// Nil without a sanitizer.
    private static let fault = variable("HEADROOM_SANITIZER").flatMap(
        SanitizerFault.init(rawValue:)
    )
    private static let isSanitized = fault != nil

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name]
    }

    /// scripts/sanitize asks for it before all else, and fails when it is not reported.
    @Test(
        .enabled(
            if: variable("HEADROOM_SANITIZER_FAULT") != nil,
            "only where scripts/sanitize looks for its report"
        )
    )
    func anErrorOnPurposeInTheTestsIsReported() throws {
        try #require(Self.fault, "HEADROOM_SANITIZER is not thread or address").commit()
    }

    @Test(.enabled(if: isSanitized, "no sanitizer"), arguments: [[], ["confined"]])
    func anErrorOfAProcessThatATestStartsIsReported(how: [String]) throws {
        let fault = try #require(Self.fault)
        // On its standard error, so that the report is not among those of the run.
        let options = try #require(Self.variable("HEADROOM_SANITIZER_AGENT_OPTIONS"))
        let words = ["TSAN_OPTIONS=\(options)", "ASAN_OPTIONS=\(options)"]
        let program = [BuiltProgram.path("sanitizer-fault"), fault.rawValue]
        let result = try Program.run("env", words + program + how)
        #expect(result.code == 66, "\(result.text)")
        let report =
            fault == .thread
            ? #/WARNING: ThreadSanitizer: .* race .*#\d.*\(sanitizer-fault\+0x/#
            : #/ERROR: AddressSanitizer: heap-buffer-overflow .*#\d.*/sanitizer-fault\+0x/#
        #expect(result.text.contains(report.dotMatchesNewlines()), "\(result.text)")
    }

    @Test(.enabled(if: isSanitized, "no sanitizer"), arguments: ["headroom", "table-stress"])
    func programsThatTestsStartAreBuiltWithIt(name: String) throws {
        let program = try Data(
            contentsOf: URL(fileURLWithPath: BuiltProgram.path(name)),
            options: .alwaysMapped
        )
        let call = try #require(Self.fault) == .thread ? "__tsan_func_entry" : "__asan_report_load8"
        #expect(program.range(of: Data(call.utf8)) != nil)
    }
}
