import Foundation
import TestSupport
import Testing

/// What the help of `headroom-connect webhook` shows is what works, beside a service.
@Suite struct HelpExampleTests {
    private static let lines =
        ((try? HelpExamples.of(program: URL(fileURLWithPath: WebhookProgramTests.program)))?.examples ?? [])
        .map(\.line).filter { $0.contains(" webhook ") }

    @Test func thereAreSome() { #expect(Self.lines.count >= 4) }

    @Test(arguments: lines) func itWorks(_ line: String) async throws {
        let service = try await TestService { _, _ in .json(200, #"{"outcome":"granted"}"#) }
        let scratch = try Scratch()
        let key = try scratch.write("webhook.key", Scratch.key)
        _ = try scratch.write(
            "dead.jsonl",
            #"{"given_up_at_s":1,"attempts":3,"why":"503","url":"u","source":"s","id":7,"pool":"node","resource":"cpu","#
                + #""amount":4,"change":1,"requested_at_s":1,"needed_by_s":2,"reasons":["r"]}"# + "\n")
        var line = line
        for (shown, here) in [
            ("headroom-connect ", "'\(WebhookProgramTests.program)' "),
            ("https://capacity.example.com/", "http://localhost:\(service.port)/"),
            ("/etc/headroom/webhook.key", key), ("--key-file webhook.key", "--key-file '\(key)'"),
        ] { line = line.replacingOccurrences(of: shown, with: here) }
        let result = try await Shell.run(["sh", "-c", line], in: scratch.path)
        try await service.close()
        #expect(result.code == 0, "\(line): \(result.errors)")
        #expect(line.contains("serve") || !result.output.isEmpty, "\(line): \(result.errors)")
    }
}
