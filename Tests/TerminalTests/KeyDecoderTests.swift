import Terminal
import Testing

/// What terminals send, whole and in pieces.
@Suite struct KeyDecoderTests {
    private static func keys(_ text: String) -> [Key] {
        var decoder = KeyDecoder()
        return decoder.decode(text.utf8) + decoder.giveUp()
    }

    static let sequences: [(String, Key)] = [
        ("\u{1b}[A", .up), ("\u{1b}OA", .up), ("\u{1b}[B", .down), ("\u{1b}[C", .right), ("\u{1b}[D", .left),
        ("\u{1b}[H", .home), ("\u{1b}OH", .home), ("\u{1b}[1~", .home), ("\u{1b}[7~", .home),
        ("\u{1b}[F", .end), ("\u{1b}[4~", .end), ("\u{1b}[8~", .end), ("\u{1b}[5~", .pageUp),
        ("\u{1b}[6~", .pageDown), ("\u{1b}[2~", .insert), ("\u{1b}[3~", .delete), ("\u{1b}[Z", .backTab),
        ("\u{1b}OP", .function(1)), ("\u{1b}[11~", .function(1)), ("\u{1b}[[A", .function(1)),
        ("\u{1b}[15~", .function(5)), ("\u{1b}[17~", .function(6)), ("\u{1b}[21~", .function(10)),
        ("\u{1b}[24~", .function(12)), ("\u{1b}[1;5A", .up), ("\u{1b}[6;2~", .pageDown),
        ("\r", .enter), ("\n", .enter), ("\t", .tab), ("\u{7f}", .backspace), ("\u{8}", .backspace),
        ("\u{3}", .control("c")), ("q", .character("q")), ("é", .character("é")), ("日", .character("日")),
        ("😀", .character("😀")), ("\u{1b}", .escape), ("\u{1b}[200~", .unknown), ("\u{1b}x", .unknown),
    ]

    @Test(arguments: sequences) func aSequenceIsAKey(_ bytes: String, _ key: Key) {
        #expect(Self.keys(bytes) == [key])
    }

    /// ssh and tmux cut where they like: at every place, the keys are the same.
    @Test func readsMayEndAnywhere() {
        let text = "a\u{1b}[A\u{1b}[1;5Bé\u{1b}OH日\u{1b}[[B😀\u{1b}[24~q"
        let bytes = Array(text.utf8)
        let whole = Self.keys(text)
        #expect(
            whole == [
                .character("a"), .up, .down, .character("é"), .home, .character("日"), .function(2),
                .character("😀"), .function(12), .character("q"),
            ])
        for cut in 0...bytes.count {
            var decoder = KeyDecoder()
            let keys = decoder.decode(bytes[..<cut]) + decoder.decode(bytes[cut...])
            #expect(keys == whole, "cut at \(cut)")
            #expect(!decoder.isWaiting)
        }
        var decoder = KeyDecoder()
        #expect(bytes.flatMap { decoder.decode([$0]) } == whole)
    }

    @Test func escapeWaitsUntilItIsGivenUp() {
        var decoder = KeyDecoder()
        #expect(decoder.decode([0x1b]).isEmpty)
        #expect(decoder.isWaiting)
        #expect(decoder.giveUp() == [.escape])
        #expect(!decoder.isWaiting)
        #expect(decoder.giveUp().isEmpty)
        #expect(decoder.decode([0x1b, 0x1b, 0x5b, 0x41]) == [.escape, .up])
    }

    @Test func whatIsNoKeyIsUnknownAndEnds() {
        #expect(Self.keys("\u{1b}[" + String(repeating: "1", count: 100) + "Xq").last == .character("q"))
        var decoder = KeyDecoder()
        #expect(decoder.decode([0xff, 0x80, 0x71]) == [.unknown, .unknown, .character("q")])
        #expect(decoder.decode([0xc3, 0x71]) == [.unknown, .character("q")], "a character that is broken off")
        #expect(decoder.decode([0xe6, 0x97]).isEmpty && decoder.isWaiting)
        #expect(decoder.giveUp() == [.unknown])
        #expect(decoder.decode(Array("\u{1b}[3".utf8)).isEmpty)
        #expect(decoder.giveUp() == [.unknown])
    }
}
