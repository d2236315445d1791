import Terminal
import TestSupport
import Testing

@Suite struct FrameTests {
    @Test func textIsCutAtTheEdgesOfTheGrid() {
        var frame = Frame(rows: 2, columns: 10)
        frame.put("0123456789abc", row: 0, column: 3)
        #expect(frame.text(row: 0) == "   0123456")
        #expect(frame.put("xyz", row: 1, column: 2, width: 2) == 4)
        #expect(frame.text(row: 1) == "  xy")
        frame.put("no", row: 2, column: 0)
        frame.put("no", row: -1, column: 0)
        frame.put("no", row: 1, column: 10)
        #expect(frame.text(row: 1) == "  xy")
        frame.put("end", row: 1, endingAt: 10, width: 5)
        frame.put("longer than that", row: 0, endingAt: 6, width: 4)
        #expect(frame.text(row: 1) == "  xy   end")
        #expect(frame.text(row: 0) == "  long3456")
    }

    @Test func halfAWideCharacterIsNeverShown() {
        var frame = Frame(rows: 1, columns: 5)
        frame.put("日本語", row: 0, column: 0)
        #expect(frame.text(row: 0) == "日本")
        frame.put("x", row: 0, column: 1)
        #expect(frame.text(row: 0) == " x本")
        frame.put("x", row: 0, column: 2)
        #expect(frame.text(row: 0) == " xx")
        frame.put("e\u{301}日\u{301}", row: 0, column: 0)
        #expect(frame.text(row: 0) == "e\u{301}日\u{301}")
    }

    /// A cgroup may be called anything.
    @Test func namesCannotMoveTheCursor() {
        var frame = Frame(rows: 1, columns: 20)
        frame.put("a\u{1b}[2Jb\nc\u{9b}d\u{7f}", row: 0, column: 0)
        #expect(frame.text(row: 0) == "a?[2Jb?c?d?")
        var encoder = FrameEncoder(features: TerminalFeatures())
        #expect(!encoder.encode(frame).contains(0x0a))
    }
}

@Suite struct FrameEncoderTests {
    private static let plain = TerminalFeatures(canSynchronise: false)
    private static let wide: Set<Unicode.Scalar> = ["日", "😀"]

    private static func randomFrame(
        _ rows: Int, _ columns: Int, _ generator: inout SeededGenerator, over old: Frame?
    ) -> Frame {
        var frame = old ?? Frame(rows: rows, columns: columns)
        let styles: [CellStyle] = [
            .plain, .bold, CellStyle(.red), CellStyle(.green, bold: true), .dim, .reversed,
        ]
        let texts = ["a", "hello world", "日", "😀x", "▁▂█", "e\u{301}", "          ", "longer text than that"]
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
            frame.put(
                texts.randomElement(using: &generator)!, row: Int.random(in: 0..<rows, using: &generator),
                column: Int.random(in: 0..<columns, using: &generator), styles.randomElement(using: &generator)!)
        }
        return frame
    }

    /// Whatever was there before, the terminal shows the frame; against a model of a terminal.
    @Test func aTerminalThatAppliesTheChangesShowsTheFrame() {
        var generator = SeededGenerator(seed: 7)
        for (rows, columns) in [(1, 1), (2, 7), (5, 30), (24, 80)] {
            var encoder = FrameEncoder(features: Self.plain)
            var screen = ScreenModel(rows: rows, columns: columns)
            var frame: Frame?
            for round in 0..<200 {
                let starts = round % 20 == 0 ? nil : frame
                let next = Self.randomFrame(rows, columns, &generator, over: starts)
                if round % 50 == 49 { encoder.forget() }
                screen.apply(encoder.encode(next), wide: Self.wide)
                frame = next
                for row in 0..<rows { #expect(screen.text(row) == next.text(row: row), "round \(round)") }
                #expect(screen.complaints.isEmpty)
                // From nothing, a fresh terminal shows the same, styles too.
                var fresh = FrameEncoder(features: Self.plain)
                var blank = ScreenModel(rows: rows, columns: columns)
                blank.apply(fresh.encode(next), wide: Self.wide)
                #expect(blank.styles == screen.styles, "round \(round)")
                #expect(blank.cells == screen.cells)
            }
        }
    }

    @Test func onlyWhatChangedIsSent() {
        var encoder = FrameEncoder(features: Self.plain)
        var screen = ScreenModel(rows: 24, columns: 80)
        var frame = Frame(rows: 24, columns: 80)
        for row in 0..<24 { frame.put(String(repeating: "x", count: 79), row: row, column: 0) }
        screen.apply(encoder.encode(frame))
        #expect(screen.written == 24 * 79)
        #expect(encoder.encode(frame).isEmpty, "nothing changed")
        frame.put("y", row: 3, column: 5)
        frame.put("z", row: 20, column: 79)
        screen.written = 0
        let bytes = encoder.encode(frame)
        screen.apply(bytes)
        #expect(screen.written == 2)
        #expect(bytes.count < 40, "\(bytes.count)")
        encoder.forget()
        screen.written = 0
        screen.apply(encoder.encode(frame))
        #expect(screen.written > 24 * 79)
    }

    @Test func anotherSizeIsSentWhole() {
        var encoder = FrameEncoder(features: Self.plain)
        var frame = Frame(rows: 2, columns: 5)
        frame.put("ab", row: 0, column: 0)
        _ = encoder.encode(frame)
        var larger = Frame(rows: 3, columns: 5)
        larger.put("ab", row: 0, column: 0)
        var screen = ScreenModel(rows: 3, columns: 5)
        screen.cells[2][2] = "?"
        screen.apply(encoder.encode(larger))
        #expect(screen.text(0) == "ab" && screen.text(2) == "")
    }

    @Test func withoutColourThereAreAttributesAlone() {
        var frame = Frame(rows: 1, columns: 10)
        frame.put("a", row: 0, column: 0, CellStyle(.red, bold: true))
        var plain = FrameEncoder(features: TerminalFeatures(hasColour: false))
        let text = String(decoding: plain.encode(frame), as: UTF8.self)
        #expect(text.contains("\u{1b}[0;1ma"))
        var coloured = FrameEncoder(features: TerminalFeatures())
        let other = String(decoding: coloured.encode(frame), as: UTF8.self)
        #expect(other.contains("\u{1b}[0;1;31ma"))
        #expect(other.hasPrefix("\u{1b}[?2026h") && other.hasSuffix("\u{1b}[?2026l"))
    }

    @Test func withoutUTF8EveryByteIsASCII() {
        var frame = Frame(rows: 1, columns: 30)
        frame.put("▁▂▃▄▅▆▇█ │├└─ … µs 日é", row: 0, column: 0)
        var encoder = FrameEncoder(features: TerminalFeatures(isUTF8: false, canSynchronise: false))
        let bytes = encoder.encode(frame)
        #expect(bytes.allSatisfy { $0 < 0x80 })
        var screen = ScreenModel(rows: 1, columns: 30)
        screen.apply(bytes)
        #expect(screen.text(0) == ".:-=+*#@ ||`- ~ us ???")
        #expect(ASCIIForm.of("▁ x µ") == ". x u")
    }
}

@Suite struct TerminalFeaturesTests {
    private static func features(_ variables: [String: String]) -> TerminalFeatures {
        TerminalFeatures { variables[$0] }
    }

    @Test func theEnvironmentSaysWhatATerminalCan() {
        let usual = Self.features(["TERM": "xterm-256color", "LANG": "en_GB.UTF-8"])
        #expect(usual == TerminalFeatures())
        #expect(!Self.features(["TERM": "xterm", "NO_COLOR": "1"]).hasColour)
        #expect(Self.features(["TERM": "xterm", "NO_COLOR": ""]).hasColour, "empty is not set")
        #expect(!Self.features(["TERM": "dumb"]).canMove)
        #expect(!Self.features([:]).canMove)
        #expect(!Self.features(["TERM": "linux"]).canSynchronise)
        #expect(!Self.features(["TERM": "xterm", "LANG": "C"]).isUTF8)
        #expect(Self.features(["TERM": "xterm", "LANG": "C", "LC_CTYPE": "C.utf8"]).isUTF8)
        #expect(!Self.features(["TERM": "xterm", "LANG": "de_DE.UTF-8", "LC_ALL": "C"]).isUTF8)
    }
}
