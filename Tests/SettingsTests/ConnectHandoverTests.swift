import Testing

@testable import headroom

/// Which command lines are `headroom-connect`'s.
@Suite struct ConnectHandoverTests {
    @Test(arguments: [
        ("doctor --kubernetes", "doctor"),
        ("doctor --json --kubernetes --context prod", "doctor --json --context prod"),
        ("plan --fleet --once --prometheus http://p:9090", "fleet --once --prometheus http://p:9090"),
    ])
    func aClusterIsTheOthersToLookAt(words: String, handed: String) {
        #expect(ConnectHandover.arguments(words.split(separator: " ").map(String.init)) == handed.split(separator: " ").map(String.init))
    }

    @Test(arguments: ["", "doctor", "plan --json", "run --kubernetes", "doctor --fleet", "plan --kubernetes"])
    func allElseIsNot(words: String) {
        #expect(ConnectHandover.arguments(words.split(separator: " ").map(String.init)) == nil)
    }
}
