import Testing

@testable import headroom

/// What people are told to type is what they can type.
@Suite struct CommandNameTests {
    @Test(arguments: [
        ("/usr/bin/headroom", "/root", "/usr/bin/headroom"),
        ("/root/headroom", "/root", "./headroom"),
        ("/root/tools/headroom", "/root", "tools/headroom"),
        ("/src/h/.build/x86_64-unknown-linux-gnu/release/headroom", "/src/h", ".build/release/headroom"),
        ("/src/h/.build/x86_64-unknown-linux-gnu/release/headroom", "/src", "h/.build/x86_64-unknown-linux-gnu/release/headroom"),
        ("/rooted/headroom", "/root", "/rooted/headroom"),
        ("/headroom", "/", "/headroom"),
    ])
    func isThePathFromHere(path: String, here: String, typed: String) {
        #expect(CommandName.shortened(path, from: here) { _ in true } == typed)
    }

    @Test func aLinkThatIsNotThereIsNotNamed() {
        let path = "/src/h/.build/x86_64-unknown-linux-gnu/debug/headroom"
        #expect(
            CommandName.shortened(path, from: "/src/h") { _ in false }
                == ".build/x86_64-unknown-linux-gnu/debug/headroom")
    }
}
